"""Contracts: schemas, declared checks and API descriptions, and answers held against them."""
