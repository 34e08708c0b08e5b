"""Tells GitHub what became of a target: one issue for each, and a comment on a pull request."""
