"""Measures what the gate costs beside a hand-written file, curl, and other tools."""
