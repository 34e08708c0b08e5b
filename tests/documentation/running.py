"""Runs the commands of a page, and holds what it shows against what they print."""

from __future__ import annotations

import re
from dataclasses import dataclass

from documentation.outputs import comparable, is_printed
from documentation.pages import Block, blocks_of, is_walk, pages
from documentation.programs import OURS, End
from documentation.scripts_in import scripts_in
from documentation.surroundings import Surroundings, run
from documentation.ways import Way, way_of

RUN = (Way.SHELL, Way.OUTPUT, Way.WRITTEN)
#: A call of the gate or of a script that calls it; what runs elsewhere is no such call.
_CALLS = re.compile(
    r"^(?!docker|kubectl|  )(?:.*[ /(])?(?:apismoke|pytest|deploy\.sh) ", re.MULTILINE
)
_ASKS = re.compile(r"--target-url|apismoke (?:init|demo)")
#: A call whose exit code a comment behind it names.
_CODE = re.compile(rf"((?:{'|'.join(OURS)}) .*?) +# (\d+)$", re.MULTILINE)


def of_page(page: str) -> list[Block]:
    """The blocks that are run, or compared with what a run has left."""
    return [block for block in blocks_of(page) if way_of(block) in RUN]


def pages_with_runs() -> tuple[list[str], list[str]]:
    """The pages whose commands are run in every sample, and those of which a sample is taken.

    Those that are walked are what users begin with, and those that ask no target are quick.
    """
    always: list[str] = []
    sampled: list[str] = []
    for page in pages():
        scripts = "\n".join(step.script for step in steps_of(page))
        if _CALLS.search(scripts):
            is_quick = is_walk(page) or not _ASKS.search(scripts)
            (always if is_quick else sampled).append(page)
    return always, sampled


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A script of a page, the block that it is from, and whether that block's output is shown."""

    block: Block
    script: str
    is_shown: bool

    def expects(self, end: End) -> bool:
        """Whether a command ended as the page says: with a code behind it, or with 0."""
        codes = {call: int(code) for call, code in _CODE.findall(self.script)}
        is_looked_at = self.is_shown or "echo $?" in self.script or "$?" in self.script
        return is_looked_at or end.code == codes.get(end.call, 0)


def steps_of(page: str) -> list[Step]:
    """The scripts of a page in their order; one in the comment of an output is its own."""
    found = []
    blocks = of_page(page)
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        if command := block.said("output of"):
            found.append(Step(block=block, script=f"{command}\n", is_shown=True))
        if way_of(block) is Way.SHELL:
            is_shown = following is not None and way_of(following) is Way.OUTPUT
            for script in scripts_in(block):
                found.append(Step(block=block, script=script, is_shown=is_shown))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What came of a page: each output or file that is another than shown, and each odd end."""

    wrong: dict[str, str]
    ends: tuple[End, ...]
    calls: int
    printed: str


def carry_out(page: str, surroundings: Surroundings) -> Carried:
    """Runs the commands of a page, one after the other."""
    surroundings.lay_out(page)
    steps = steps_of(page)
    ended = run(page, [step.script for step in steps], surroundings)
    wrong: dict[str, str] = {}
    for block in of_page(page):
        before = [n for n, step in enumerate(steps) if step.block.line <= block.line]
        if way_of(block) is Way.OUTPUT and not is_shown(block, ended[before[-1]].out):
            wrong[str(block)] = ended[before[-1]].out
        if name := block.said("written"):
            found = surroundings.text_of(name)
            wrong |= {} if found.rstrip("\n") == block.text.rstrip("\n") else {str(block): found}
    ends = surroundings.programs.ends()
    for number, (step, ran) in enumerate(zip(steps, ended, strict=True)):
        # A script ends as its last command: one of ours, or one that must not fail.
        ours = {0, *(end.code for end in ends if end.step == number)}
        wrong |= {} if step.is_shown or ran.code in ours else {step.script: ran.out}
    return Carried(
        wrong=wrong,
        ends=tuple(end for end in ends if not steps[end.step].expects(end)),
        calls=len(ends),
        printed="".join(ran.out for ran in ended),
    )


def is_shown(block: Block, printed: str) -> bool:
    """Whether an output is the whole of what was printed, if it says so, or a part of it."""
    if block.comment == "output":
        return comparable(printed) == comparable(block.text)
    return is_printed(block.text, printed)
