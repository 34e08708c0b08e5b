"""Declared checks: reads their files, sends their requests, judges the responses."""
