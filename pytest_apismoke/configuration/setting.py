"""A setting of a run, and every place where it may be given. Pure.

Loaded in every pytest run, so it imports no library.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from pytest_apismoke.configuration.kinds import Kind

T = TypeVar("T")


class Setting(Generic[T]):
    """One setting of a run, and every place where it may be given.

    `help` is one line, with the default at its end in parentheses; `details` are sentences that the
    reference says besides.
    `usage` is the long option, with its metavar behind it unless it is a switch. The ini option
    bears the setting's `name` with `apismoke_` in front, unless `in_ini` is false. A setting with
    `is_list` takes several strings: a repeatable option, a variable with commas, words in the ini
    file; it has no default. `example` is a value for messages. `library` is the module of a library
    that it takes, which the extra of the setting's name installs. The file of one that
    `stays_until_written` is not removed when a run begins. One that `repeats_run` may be given more
    than once, each time for a run of its own, and every run has one value.
    """

    # No record, as in `kinds`.
    def __init__(
        self,
        name: str,
        kind: Kind[T],
        default: T,
        help: str,  # noqa: A002  # as in argparse
        *,
        details: str = "",
        usage: str = "",
        environ: str = "",
        in_ini: bool = True,
        is_list: bool = False,
        example: str = "",
        library: str = "",
        stays_until_written: bool = False,
        repeats_run: bool = False,
    ) -> None:
        self.name: Final = name
        self.kind: Final = kind
        self.default: Final = default
        self.help: Final = help
        self.details: Final = details
        self.usage: Final = usage
        self.environ: Final = environ
        self.in_ini: Final = in_ini
        self.is_list: Final = is_list
        self.example: Final = example
        self.library: Final = library
        self.stays_until_written: Final = stays_until_written
        self.repeats_run: Final = repeats_run

    @property
    def option(self) -> str:
        """The long option, or an empty string."""
        return self.usage.partition(" ")[0]

    @property
    def metavar(self) -> str:
        """The name of the option's argument; empty for a switch."""
        return self.usage.partition(" ")[2]

    @property
    def described(self) -> str:
        """The help, with the environment variable."""
        return f"{self.help} (also: {self.environ})" if self.environ else self.help

    def with_default(self, default: T) -> Setting[T]:
        """The same setting with another default."""
        return Setting(**{**vars(self), "default": default})

    @property
    def ini(self) -> str:
        """The ini option, or an empty string."""
        return f"apismoke_{self.name}" if self.in_ini else ""
