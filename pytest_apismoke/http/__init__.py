"""How requests go over the wire and what comes back: deadlines, bounds, retries that can't lie."""
