"""Reads YAML with Tavern's tags: what a tag says stays beside its value, as data alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A value with its tag, such as `anyint` or `include`."""

    tag: str
    value: Any


def documents(text: str, where: str) -> Iterator[Any]:
    """The documents of a YAML text.

    Raises:
        SmokeError: (`usage`) for text that is no YAML, and without the library.

    """
    try:
        import yaml
    except ImportError:
        raise misconfigured(
            expected="the library PyYAML, to read a Tavern file",
            seen="none",
            where=where,
            hint="install the extra: pip install 'pytest-apismoke[openapi]'",
        ) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # the library has no types
        """Of this text alone: the constructors are the class's.

        An anchor is known in later documents too, which Tavern allows and YAML does not.
        """

        kept: ClassVar[dict[str, Any]] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            """As PyYAML's, with the anchors of earlier documents."""
            self.anchors = self.kept
            return super().compose_node(parent, index)

    def tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Tagged:
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = loader.construct_mapping(node, deep=True)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_scalar(node)
        return Tagged(tag=suffix, value=value)

    Loader.add_multi_constructor("!", tagged)
    try:
        yield from yaml.load_all(text, Loader=Loader)  # a subclass of the safe one
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise _broken(f"{where}{line}", str(getattr(error, "problem", "")) or "an error") from None


def _broken(where: str, seen: str) -> SmokeError:
    return misconfigured(
        expected="YAML",
        seen=seen,
        where=where,
        hint="correct the file: Tavern does not read it either",
    )
