"""What zensical.toml says of the site, and whether it names every page.

Zensical itself builds a site whose navigation names pages that do not exist, and leaves pages out
that the navigation forgets, without a word.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[3]
NAME = "zensical.toml"
#: Stands in it for the owner of this copy of the repository.
OWNER = "OWNER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the other rooms need of zensical.toml.

    Attributes:
        url: where the site is published, with a slash at its end.
        repository: the page of the repository, without a slash at its end.
        sections: the title of each section of the navigation, and its pages as paths below docs/.
        described: the same of llms.txt, where each page has one line that describes it.

    """

    url: str
    repository: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    described: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """Each page of the navigation, in its order."""
        return tuple(page for _, pages in self.sections for page in pages)


def site_of(text: str) -> Site:
    """Reads zensical.toml."""
    project = tomllib.loads(text)["project"]
    sections = tuple(
        (title, tuple(_paths(entry))) for row in project["nav"] for title, entry in row.items()
    )
    described = tuple(
        (title, tuple((page, line) for row in rows for page, line in row.items()))
        for title, rows in project["plugins"]["llmstxt"]["sections"].items()
    )
    return Site(
        url=project["site_url"],
        repository=project["repo_url"],
        sections=sections,
        described=described,
    )


def mistakes_of(site: Site, pages: Iterable[str]) -> Iterator[str]:
    """A sentence for each page that the navigation, or llms.txt, has not exactly once.

    Args:
        site: what zensical.toml says.
        pages: the pages that exist, as paths below docs/.

    """
    there = set(pages)
    described = [page for _, rows in site.described for page, _ in rows]
    for place, named in (("nav", site.pages), ("[project.plugins.llmstxt.sections]", described)):
        counted = Counter(named)
        for page in sorted(there - set(counted)):
            yield f"{NAME}: {place} lacks docs/{page}: add a line for it"
        for page in sorted(set(counted) - there):
            yield f"{NAME}: {place} names docs/{page}, which does not exist: correct or remove it"
        for page in sorted(page for page, times in counted.items() if times > 1):
            yield f"{NAME}: {place} names docs/{page} {counted[page]} times: leave one"
    order = [(title, tuple(page for page, _ in rows)) for title, rows in site.described]
    if not there.symmetric_difference(site.pages) and order != list(site.sections):
        yield (
            f"{NAME}: [project.plugins.llmstxt.sections] has other sections than nav, or another "
            f"order of pages: expected {dict(site.sections)}, got {dict(order)}"
        )


def pages_below(docs: Path) -> tuple[str, ...]:
    """The pages below a folder, as paths with slashes."""
    return tuple(sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md")))


def _paths(entry: str | list[str | Mapping[str, Any]] | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
        return
    for inner in entry.values() if isinstance(entry, Mapping) else entry:
        yield from _paths(inner)
