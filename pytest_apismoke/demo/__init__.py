"""The embedded reference backend: a small real API with faults that can be switched on by name."""
