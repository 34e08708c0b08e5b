"""The pages as the site has them: their links out of docs/ lead to the repository's address.

In the repository such a link is a path (`../../deploy/vercel/apismoke.toml`), which an editor and
GitHub follow. The site has no such file.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

from documenting.site.configuration import NAME, ROOT, Site, pages_below, site_of

DOCS = "docs"
#: Code is left as it is: a fence with all below it, or a span.
_CODE_OR_TARGET = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?<=\]\()(?P<target>[^()\s<>]+)(?=\))",
    re.MULTILINE | re.DOTALL,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def staged(text: str, folder: Path, *, root: Path = ROOT) -> Path:
    """Copies what the site is built from to a folder; returns the configuration there.

    Args:
        text: the configuration, which need not be the very one of the checkout.
        folder: an empty folder.
        root: the checkout.

    """
    site = site_of(text)
    shutil.copytree(
        root / DOCS, folder / DOCS, ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    theme = Path("scripts", "documenting", "site", "theme")
    shutil.copytree(root / theme, folder / theme)
    for page in pages_below(folder / DOCS):
        path = folder / DOCS / page
        path.write_text(_as_on_the_site(path.read_text("utf-8"), page, site, root), "utf-8")
    (folder / NAME).write_text(text, "utf-8")
    return folder / NAME


def _as_on_the_site(text: str, page: str, site: Site, root: Path) -> str:
    def replaced(match: re.Match[str]) -> str:
        target = match["target"]
        return match[0] if target is None else address_of(target, page, site.repository, root)

    return _CODE_OR_TARGET.sub(replaced, text)


def address_of(target: str, page: str, repository: str, root: Path) -> str:
    """A link's target: as it is, or the repository's address if it leads out of docs/.

    Args:
        target: the target as the page has it.
        page: the page, as a path below docs/.
        repository: the page of the repository.
        root: the checkout; a target that is a folder there has another address than a file.

    """
    path, mark, fragment = target.partition("#")
    if not path or path.startswith("/") or _SCHEME.match(path):
        return target
    whole = posixpath.normpath(posixpath.join(DOCS, posixpath.dirname(page), path))
    if whole == DOCS or whole.startswith(f"{DOCS}/"):
        return target
    kind = "tree" if (root / whole).is_dir() else "blob"
    return f"{repository}/{kind}/main/{whole}{mark}{fragment}"
