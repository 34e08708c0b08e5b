"""The preflight, once per run: readiness, the OpenAPI document, the login, the first fetch."""
