"""Writes that leave no trace: journal, probe, proof, restoring, recovery. One module a part."""
