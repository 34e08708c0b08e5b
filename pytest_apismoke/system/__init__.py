"""This machine: signals, hard ends, time limits, files that are never torn."""
