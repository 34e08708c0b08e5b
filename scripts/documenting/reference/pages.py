"""The pages of the reference, and the modules that make their blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from documenting.reference import (
    check_file,
    commands,
    configuration,
    exit_codes,
    fixtures,
    options,
    report,
)

#: The blocks of each page, by the name of its file in docs/reference/.
PAGES: Mapping[str, Callable[[], Mapping[str, str]]] = {
    "check-file.md": check_file.blocks,
    "commands.md": commands.blocks,
    "configuration.md": configuration.blocks,
    "exit-codes.md": exit_codes.blocks,
    "fixtures.md": fixtures.blocks,
    "options.md": options.blocks,
    "report.md": report.blocks,
}
