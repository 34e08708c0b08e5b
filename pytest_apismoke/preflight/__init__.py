"""What happens once, before any check: readiness, login, the first fetch, the API description."""
