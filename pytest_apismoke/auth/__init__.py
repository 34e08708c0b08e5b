"""Login, renewal, and one token for all workers."""
