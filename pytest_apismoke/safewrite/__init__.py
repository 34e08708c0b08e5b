"""Writes that leave no trace: probe, journal, read-back, restore and recovery."""
