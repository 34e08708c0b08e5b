"""Checks that each direct dependency is installed in the lowest version that it may have.

Run by `tox -e lowest`, so that its list of versions and the bounds in pyproject.toml stay the same.
"""

from __future__ import annotations

from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.version import Version

EXTRAS = ("", "infer")


def main() -> int:
    wrong = 0
    for line in requires("pytest-apismoke") or []:
        wanted = Requirement(line)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        lowest = next(one.version for one in wanted.specifier if one.operator == ">=")
        if Version(version(wanted.name)) != Version(lowest):
            print(f"{wanted.name}: {version(wanted.name)} is installed, {lowest} is the lowest")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
