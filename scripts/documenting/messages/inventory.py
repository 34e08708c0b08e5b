"""Every message of the package: its failures, and all other sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from documenting.messages.failures import failures, parameters_of
from documenting.messages.message import Message
from documenting.messages.reading import Reader, module_of
from documenting.messages.sentences import sentences


def inventory(sources: Mapping[str, str]) -> list[Message]:
    """The messages of modules, given by name, in the order of their lines.

    A text that is used at several places is told at the first, and none twice: what a failure has
    is no sentence of its own.
    """
    modules = {name: module_of(name, source) for name, source in sorted(sources.items())}
    reader, parameters = Reader(modules), parameters_of(modules.values())
    found = [one for module in modules.values() for one in failures(module, reader, parameters)]
    found += [one for module in modules.values() for one in sentences(module, reader)]
    return sorted(found, key=lambda one: (one.module, one.line))
