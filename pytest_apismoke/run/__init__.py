"""An active run around pytest: prepared, wired, judged, reported."""
