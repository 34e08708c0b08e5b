"""A first contract from what a target answers: schemas and declared checks, without any value."""
