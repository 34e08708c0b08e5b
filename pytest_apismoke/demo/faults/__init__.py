"""The faults: ways in which the backend can be told to misbehave, by name.

To add one, write a function with ``@fault`` in the module that it fits.
"""

# Imported because their decorators fill the registry.
from . import (  # noqa: F401
    caches,
    calendar,
    etags,
    instances,
    login,
    persistence,
    refusals,
    service,
    settings,
    side_effects,
    twilio,
    values,
)
from .registry import Fault, UnknownFaultError, all_faults, find_faults

__all__ = ["Fault", "UnknownFaultError", "all_faults", "find_faults"]
