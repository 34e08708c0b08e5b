"""Drafts a first contract from responses: schemas and declared checks, without any value."""
