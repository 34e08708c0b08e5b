"""A rehearsal of deployments on the loopback: versions, a proxy before them, and the steps."""
