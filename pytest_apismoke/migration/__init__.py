"""Reads the requests of other tools, and carries over to declared checks what the format allows."""
