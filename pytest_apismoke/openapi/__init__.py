"""API descriptions (OpenAPI 3.0, 3.1, 3.2): read, held against answers, listed and looked over."""
