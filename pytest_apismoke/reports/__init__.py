"""One module a format; each renders a verdict and decides nothing."""
