"""The operating system: signals, hard exits and atomic file writes."""
