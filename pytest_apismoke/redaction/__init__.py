"""Keeps secrets out of everything that is shown or written, in derived forms too."""

from pytest_apismoke.redaction.redactor import REPLACEMENT, SHORTEST_SECRET, Redactor
from pytest_apismoke.redaction.sensitive_keys import is_secret_parameter, is_sensitive

__all__ = ["REPLACEMENT", "SHORTEST_SECRET", "Redactor", "is_secret_parameter", "is_sensitive"]
