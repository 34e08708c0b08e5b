"""The configuration file: which keys and profiles it has, and the one that a run uses."""
