"""Checks: the built-in suites, declared checks and operations; the plan, the runner, the judge."""
