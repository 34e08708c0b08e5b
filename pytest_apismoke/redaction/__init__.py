"""Keeps secrets out of everything that is shown or written, in derived forms too."""

from pytest_apismoke.redaction.names import is_secret_parameter, is_sensitive
from pytest_apismoke.redaction.redactor import REPLACEMENT, SHORTEST_SECRET, Redactor

__all__ = ["REPLACEMENT", "SHORTEST_SECRET", "Redactor", "is_secret_parameter", "is_sensitive"]
