"""What a run has to check: the suites' stages, the declared checks, each made at most once."""
