"""A finished run as a trace, for OpenTelemetry."""
