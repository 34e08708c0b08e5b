"""The faults: ways in which the backend can be told to misbehave, by name.

To add one, write a function with ``@fault`` in the module of the stage that it breaks.
"""

# Imported because their decorators fill the registry.
from . import calendar, login, persistence, service, settings, twilio  # noqa: F401
from .registry import Fault, UnknownFaultError, all_faults, find_faults

__all__ = ["Fault", "UnknownFaultError", "all_faults", "find_faults"]
