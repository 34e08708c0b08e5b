"""An active run around pytest: prepares it, connects its hooks, judges and reports it."""
