"""The ways in which a block of the documentation is carried out; each block has exactly one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache

from documentation.pages import Block
from documentation.runbook import PAGE as RUNBOOK
from documentation.runbook import cases

#: Files of other programs, which tests/deploying/test_pages.py gives to these.
OF_OTHER_PROGRAMS = ("nginx", "ini")
#: A part of a failure, or a note.
_QUOTE = re.compile(r"(?:(?:headline|expected|got|to do|note|warning|drift) .*\n)+")
#: What leads from one part of a drawing to the next.
_ARROWS = re.compile("[▼▶◀]")
_COMMAND = re.compile(
    r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:apismoke|pytest|pip|python3?|docker|uvicorn) ", re.MULTILINE
)
_CRON = re.compile(r"^(?:[\d*/,-]+ ){4}[\d*/,-]+ ")


@cache
def _of_runbook() -> frozenset[str]:
    """The commands and outputs of the cases of the runbook."""
    found = tuple(cases())
    return frozenset(text for case in found for text in (case.commands, *case.outputs))


class Way(Enum):
    """Who carries a block out, and how."""

    SHELL = "its commands are called (test_calls.py) and run (running.py)"
    CALLED = "its commands are called (test_calls.py), and not run: unseen.py says why"
    EXAMPLE = "a whole script, run with commands that leave a line (tests/deploying/test_pages.py)"
    FILE = "laid out where the commands of its page are run (running.py)"
    WRITTEN = "compared with the file that the commands before it write (running.py)"
    OUTPUT = "compared with what the command before it, or in its comment, prints (running.py)"
    UNSEEN = "in the list of what is printed where no test can be (unseen.py)"
    CONFIGURATION = "read by the loader of its kind, without a mistake (test_configurations.py)"
    FRAGMENT = "parsed; its commands are called (test_fragments.py, test_calls.py)"
    TEST = "run as a test against a backend (test_user_tests.py)"
    DATA = "held against the schema of its kind (test_data.py)"
    OF_OTHERS = "given to the program that reads it (tests/deploying/test_pages.py)"
    GENERATED = "written by scripts/reference.py, and compared with the code (test_reference.py)"
    QUOTE = "compared with what runs have said (test_troubleshooting.py)"
    CASE = "a case of the runbook, run as its row says (test_runbook.py)"
    DRAWING = "a drawing: nothing to carry out"


def _is_commands(block: Block) -> bool:
    if block.language in ("sh", "console"):
        return True
    return block.language in ("", "indented") and bool(
        _COMMAND.match(block.text) or _CRON.match(block.text)
    )


def _is_drawing(block: Block) -> bool:
    return block.language == "mermaid" or (
        block.language == "" and bool(_ARROWS.search(block.text))
    )


def _is_output(block: Block) -> bool:
    if _is_called_output(block):
        return True
    plain = block.language in ("", "text", "indented")
    return plain and not _is_commands(block) and not _is_drawing(block)


def _is_called_output(block: Block) -> bool:
    return block.comment == "output" or block.said("output of") is not None


#: What each way applies to that goes by the content of a block.
_BY_CONTENT: Mapping[Way, Callable[[Block], bool]] = {
    Way.SHELL: lambda block: (
        _is_commands(block) and not is_example(block) and block.said("called only") is None
    ),
    Way.CALLED: lambda block: _is_commands(block) and block.said("called only") is not None,
    Way.EXAMPLE: lambda block: is_example(block),
    Way.OUTPUT: lambda block: _is_output(block) and not is_unseen(block),
    Way.UNSEEN: lambda block: _is_output(block) and is_unseen(block),
    Way.CONFIGURATION: lambda block: block.language == "toml" and not _is_called_output(block),
    Way.FRAGMENT: lambda block: block.language in ("yaml", "groovy", "kotlin"),
    Way.TEST: lambda block: block.language == "python",
    Way.DATA: lambda block: block.language == "json",
    Way.OF_OTHERS: lambda block: block.language in OF_OTHER_PROGRAMS,
    Way.DRAWING: _is_drawing,
}


def is_example(block: Block) -> bool:
    """Whether a block is a whole script with a name."""
    return block.language == "sh" and block.text.startswith("# example: ")


def is_unseen(block: Block) -> bool:
    """Whether a comment refers to the list of what no test can see."""
    return block.said("unseen") is not None


def is_quote(block: Block) -> bool:
    """Whether a block is made of lines of a verdict, each with its label."""
    return block.language == "text" and bool(_QUOTE.fullmatch(block.text))


def ways_of(block: Block) -> list[Way]:
    """The ways that claim a block."""
    if block.is_generated:
        return [Way.GENERATED]
    if block.page == RUNBOOK and block.text in _of_runbook():
        return [Way.CASE]
    if is_quote(block) and block.page.startswith("docs/troubleshooting"):
        return [Way.QUOTE]
    if block.said("file") is not None:
        return [Way.FILE]
    if block.said("written") is not None:
        return [Way.WRITTEN]
    return [way for way, claims in _BY_CONTENT.items() if claims(block)]


def way_of(block: Block) -> Way | None:
    """The way that claims a block; None without one, or with several (test_inventory.py)."""
    ways = ways_of(block)
    return ways[0] if len(ways) == 1 else None
