"""The embedded reference backend: a small real API that can be told to break, by name."""
