"""Keep secrets, and their encodings, out of everything that is shown or stored."""

from pytest_apismoke.redaction.redactor import REPLACEMENT, SHORTEST_SECRET, Redactor
from pytest_apismoke.redaction.sensitive_keys import is_sensitive, is_sensitive_parameter

__all__ = ["REPLACEMENT", "SHORTEST_SECRET", "Redactor", "is_sensitive", "is_sensitive_parameter"]
