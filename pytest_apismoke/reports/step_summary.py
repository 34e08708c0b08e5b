"""Fits Markdown into the job summary of GitHub, which takes 1 MiB for each step. Pure.

Source: the page "Workflow commands for GitHub Actions" of GitHub's documentation: a summary that is
larger fails to upload, so that nothing of it is shown.
"""

from __future__ import annotations

from pytest_apismoke.late_pattern import late_pattern

#: The most that a step may have written, in bytes.
LIMIT = 1024 * 1024
_FENCE = late_pattern(r" {0,3}(`{3,}|~{3,})")


def fitted(text: str, written: int, limit: int = LIMIT) -> str:
    """The text to add to a summary; less of it, which it says, if there is no room for all.

    Args:
        text: Markdown.
        written: how much the step has written before, in bytes.
        limit: the most that it may write, in bytes.

    Returns:
        an empty string where there is no room for anything.

    """
    room = limit - written
    size = len(text.encode())
    if size <= room:
        return text
    cut = f"> [!WARNING]\n> Cut here: of {size} bytes GitHub takes no more. The report has all.\n"
    kept = _whole_lines(text, room - len(cut.encode()) - 2)
    while kept:
        closed = f"{kept}{_ends_of(kept)}\n{cut}"
        if len(closed.encode()) <= room:
            return closed
        kept = _whole_lines(kept, len(kept.encode()) - 1)
    return cut if len(cut.encode()) <= room else ""


def _whole_lines(text: str, room: int) -> str:
    """The lines at the beginning of a text that have at most so many bytes."""
    if room <= 0:
        return ""
    head = text.encode()[:room].decode("utf-8", "ignore")
    return head[: head.rfind("\n") + 1]


def _ends_of(text: str) -> str:
    """What closes the code and the foldings that a text leaves open."""
    fence, foldings = "", 0
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif fence:
            is_end = mark and line.strip() == mark[1] and mark[1].startswith(fence)
            fence = "" if is_end else fence
        else:
            foldings += line.lower().count("<details>") - line.lower().count("</details>")
    return (f"{fence}\n" if fence else "") + "\n</details>\n" * foldings
