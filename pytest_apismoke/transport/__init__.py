"""How one request goes over the wire: deadlines, bounds, trust, and what may be sent again."""
