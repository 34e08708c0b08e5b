"""HTTP requests with deadlines, size limits, retries, and the token of the run."""
