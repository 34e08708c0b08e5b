"""Names and texts as JUnit's XML has them. Pure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.reports.steering import STEERING

#: What XML can't express, not even as a reference; and DEL, as pytest does it.
_ILLEGAL = late_pattern("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What a CI system that shows the file would take for the beginning of a command.
_COMMANDS = late_pattern(r"##(?=\w*\[)|^([^\S\n]*):(?=:)", re.MULTILINE)
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def escaped(text: str) -> str:
    """The text with words for characters that XML does not have, such as `#x1B`."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def address(node_id: str, prefix: str = "") -> tuple[str, str]:
    """The class name and the name of a test case, as pytest makes them of a node id."""
    path, bracket, parameters = node_id.partition("[")
    *parents, name = path.split("::")
    if parents:
        parents[0] = parents[0].replace("/", ".").removesuffix(".py")
    names = [prefix, *parents] if prefix else parents
    return ".".join(map(escaped, names)), escaped(f"{name}{bracket}{parameters}")


def text_of(root: ElementTree.Element, *, ascii_only: bool) -> str:
    """The document as text."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    text = _COMMANDS.sub(lambda found: _reference(found[0]), text)
    text = STEERING.sub(lambda found: f"&#{ord(found[0])};", text)
    if ascii_only:
        text = text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return f"{_HEAD}{text}\n"


def _reference(command: str) -> str:
    """The same characters for a reader of XML."""
    return "#&#35;" if command == "##" else f"{command[:-1]}&#58;"
