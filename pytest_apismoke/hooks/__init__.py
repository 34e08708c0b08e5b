"""Where the gate meets pytest: its hooks, its items, the fixtures, pytest-xdist."""
