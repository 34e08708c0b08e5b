"""The pages on platforms: they lead to files that exist, and to every one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from platforms.manifests import DEPLOY, ROOT

from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.sources import RawSettings

PAGES = sorted((ROOT / "docs" / "how-to" / "platforms").glob("*.md"))
ABOUT_ONE = [page for page in PAGES if page.stem != "index"]
#: Named by no page of their own: the folder is.
OF_A_FOLDER = {"Chart.yaml"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", ABOUT_ONE, ids=lambda page: page.stem)
def test_a_page_begins_with_what_to_copy_and_ends_with_its_sources(page: Path) -> None:
    """What was checked, and how, stands before them."""
    text = page.read_text("utf-8")
    assert re.search(r"docker build|deploy/", text.partition("## Checked")[0])
    assert re.search(r"\nSources, read on \d{4}-\d{2}-\d{2}: \[", text.partition("## Checked")[2])
    assert f"({page.name})" in (page.parent / "index.md").read_text("utf-8")


def test_every_file_is_on_a_page() -> None:
    words = "".join(page.read_text("utf-8") for page in PAGES)
    names = {path.name for path in DEPLOY.rglob("*") if path.is_file()} - OF_A_FOLDER
    assert {name for name in names if name not in words and not name.endswith(".pyc")} == set()


@pytest.mark.parametrize(
    ("platform", "profile", "variable", "header"),
    [
        (
            "cloudflare",
            "override",
            "WORKER_VERSION_ID",
            ("Cloudflare-Workers-Version-Overrides", 'shop="canary-value"'),
        ),
        (
            "vercel",
            "vercel",
            "VERCEL_AUTOMATION_BYPASS_SECRET",
            ("x-vercel-protection-bypass", "canary-value"),
        ),
    ],
)
def test_a_configuration_sends_its_header_in_its_profile_only(
    platform: str, profile: str, variable: str, header: tuple[str, str], tmp_path: Path
) -> None:
    """Without the profile a run needs no such variable."""
    text = (DEPLOY / platform / "apismoke.toml").read_text("utf-8")
    account = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "my-password"}

    def headers(options: dict[str, str], environ: dict[str, str]) -> dict[str, str]:
        raw = RawSettings(
            options={"--target-url": "https://shop.example.com", **options},
            environ={**account, **environ},
            ini={},
            directory=tmp_path,
            configuration={"apismoke.toml": text},
        )
        return dict(resolve(raw).profile.headers)

    assert headers({}, {}) == {}
    asked = headers({"--target-profile": profile}, {variable: "canary-value"})
    assert asked == dict([header])
