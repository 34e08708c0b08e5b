"""Finds links in the built site that lead to nothing, and requests to foreign hosts.

Zensical's strict mode finds a Markdown page or a heading that is missing. Pictures, other files,
folders, links written as HTML and the addresses of the repository are found here only.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from documenting.site.configuration import Site

#: Elements that make a browser fetch something, with the attribute that says from where.
_FETCHING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
_FETCHING_RELATIONS = {"stylesheet", "icon", "preconnect", "preload", "modulepreload"}
_MARKDOWN_LINK = re.compile(r"\]\(<([^>]+)>\)")


class _Page(HTMLParser):
    """What a page of HTML links to, fetches, and can be linked to by."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.names |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link":
            fetches = _FETCHING_RELATIONS & set(values.get("rel", "").split())
            (self.fetched if fetches else self.links).append(values.get("href", ""))
        if values.get(_FETCHING.get(tag, "")):
            self.fetched.append(values[_FETCHING[tag]])


@dataclass(frozen=True, slots=True)
class Built:
    """A built site.

    Args:
        folder: where it is.
        site: what zensical.toml says of it.
        root: the checkout, whose files the addresses of the repository name.

    """

    folder: Path
    site: Site
    root: Path

    def mistakes(self) -> Iterator[str]:
        """A sentence for each link to nothing and each request to a foreign host."""
        pages = {path: _read(path) for path in sorted(self.folder.rglob("*.html"))}
        names = {path: page.names for path, page in pages.items()}
        for path, page in pages.items():
            here = self._address(path)
            for target in dict.fromkeys(page.fetched):
                if self._is_foreign(urljoin(here, target)):
                    yield (
                        f"{self._told(path)} fetches {target} from a foreign host: "
                        "the site has to work without one; take it out of the theme or the page"
                    )
            yield from self._broken(path, [*page.links, *page.fetched], names)
        for path in (*sorted(self.folder.rglob("*.md")), *sorted(self.folder.glob("llms*.txt"))):
            yield from self._broken(path, _MARKDOWN_LINK.findall(path.read_text("utf-8")), names)

    def _broken(self, path: Path, targets: list[str], names: dict[Path, set[str]]) -> Iterator[str]:
        for target in dict.fromkeys(targets):
            why = self._why_broken(target, urljoin(self._address(path), target), names)
            if why:
                yield f"{self._told(path)} links to {target}, but {why}: correct the link"

    def _why_broken(self, target: str, address: str, names: dict[Path, set[str]]) -> str:
        whole, fragment = urldefrag(address)
        of_repository = re.fullmatch(
            rf"{re.escape(self.site.repository)}/(?:blob|tree|edit)/main/(.*)", whole
        )
        if of_repository:
            there = self.root / unquote(of_repository[1])
            return "" if there.exists() else f"the repository has no {of_repository[1]}"
        if not address.startswith(self.site.url):
            return "" if urlsplit(target).scheme else "that is outside the site"
        file = self._file(whole)
        if file is None:
            return "the site has nothing there"
        if fragment and file.suffix == ".html" and unquote(fragment) not in names[file]:
            return f"nothing on that page is called #{fragment}"
        return ""

    def _is_foreign(self, address: str) -> bool:
        return urlsplit(address).scheme != "data" and not address.startswith(self.site.url)

    def _file(self, address: str) -> Path | None:
        inside = unquote(urlsplit(address[len(self.site.url) :]).path)
        path = self.folder / posixpath.normpath(inside or ".")
        path = path / "index.html" if path.is_dir() else path
        return path if path.is_file() else None

    def _address(self, path: Path) -> str:
        inside = path.relative_to(self.folder).as_posix()
        return self.site.url + re.sub(r"(^|/)index\.html$", r"\1", inside)

    def _told(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page
