"""JSON Schema: loading schemas, validating responses against them, and explaining violations."""
