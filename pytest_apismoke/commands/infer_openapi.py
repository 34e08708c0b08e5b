"""`apismoke infer --openapi`: declares checks from the lists of a document to their first items."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pytest_apismoke.checks.declared.model import SUFFIX
from pytest_apismoke.commands.asking_target import learn, reachable, sender, settings_of
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.discovery.chain_files import chains_toml, left_out
from pytest_apismoke.documents import lookup
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.request import Request
from pytest_apismoke.infer import new_files
from pytest_apismoke.openapi.chains import Chains
from pytest_apismoke.openapi.spec_source import (
    LoadedSpec,
    from_file,
    from_response,
    is_of_target,
    spec_of_run,
)
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor

#: The target where there is none: a file of checks has paths alone.
_NOWHERE = "http://localhost"
_WHERE = "apismoke infer --openapi"
#: Words of titles that say nothing about an API, and how many of the others its name has.
_FILLERS = frozenset(
    {
        *("api", "apis", "rest", "restful", "http", "openapi", "swagger", "spec", "specification"),
        *("the", "of", "for", "and", "with", "our", "public", "official", "reference", "service"),
    }
)
_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaring:
    """What was written: the name of the API, and the lines to tell."""

    api: str
    lines: tuple[str, ...]


def declare(
    asked: argparse.Namespace,
    environ: Mapping[str, str],
    redactor: Redactor,
    name: Callable[[str], str],
) -> Declaring:
    """Writes the checks; a target is asked for the document alone, and only if it is no file.

    Args:
        asked: the arguments of `apismoke infer`.
        environ: the environment, with the credentials of a run.
        redactor: learns them.
        name: the name of the API, from a path that begins with the title of the document.

    Raises:
        SmokeError: when there is no document, nothing in it can be asked for, or a file exists.

    """
    is_file = not is_of_target(asked.openapi)
    if is_file and not (asked.target_url or environ.get("APISMOKE_TARGET_URL")):
        asked = argparse.Namespace(**{**vars(asked), "target_url": _NOWHERE})
    anonymous = is_file or asked.no_auth
    settings = settings_of(asked, asked.api or "", environ, anonymous=anonymous)
    learn(settings, environ, redactor)
    loaded = _document(asked, settings, redactor, is_file=is_file)
    api = name(f"/{_slug(str(lookup(loaded.document, '/info/title')))}")
    folder = Path(asked.out)
    checks = folder / f"{api}{SUFFIX}"
    new_files.check_new([checks], force=asked.force)
    spec = spec_of_run(loaded, settings)
    assert spec is not None
    chains = spec.chains(deprecated=asked.deprecated)
    if asked.no_auth:
        chains = _without_a_token(chains)
    if not chains.chained:
        raise misconfigured(
            expected="an operation that can be asked for",
            seen="; ".join(left_out(chains.others)) or "no operations",
            where=f"{_WHERE}={asked.openapi}",
            hint="give the parameters examples in the document, or values in [openapi] parameters",
        )
    texts = {checks: chains_toml(chains, source=asked.openapi)}
    new_files.check_secrets(texts, redactor)
    texts[folder / new_files.CHECKS_SCHEMA] = new_files.checks_schema()
    new_files.write(texts)
    return Declaring(api=api, lines=(*(f"wrote {path}" for path in texts), *_told(chains)))


def _document(
    asked: argparse.Namespace, settings: Settings, redactor: Redactor, *, is_file: bool
) -> LoadedSpec:
    if is_file:
        try:
            return from_file(asked.openapi, Path.cwd())
        except SmokeError as error:
            # The option of a run has another name.
            where = error.failure.where.replace("--smoke-openapi", _WHERE)
            raise SmokeError(replace(error.failure, where=where)) from None
    how = "fetched without a token" if asked.no_auth else "fetched with the token"
    with (
        reachable(settings) as reached,
        sender(reached, redactor, auth=not asked.no_auth) as send,
    ):
        return from_response(send(Request(method="GET", path=asked.openapi)), how=how)


def _slug(title: str) -> str:
    """The first words of a title that say which API it is."""
    words = [word for word in re.findall(r"[a-z0-9]+", title.lower()) if len(word) > 1]
    telling = [word for word in words if word not in _FILLERS and not re.fullmatch(r"v\d+", word)]
    return "-".join(telling[:_WORDS])


def _without_a_token(chains: Chains) -> Chains:
    return replace(
        chains,
        chained=tuple(
            replace(one, request=replace(one.request, auth=False)) for one in chains.chained
        ),
    )


def _told(chains: Chains) -> Iterator[str]:
    checked, others = len(chains.chained), len(chains.others)
    by_lists = sum("{" in one.request.path for one in chains.chained)
    yield (
        f"{checked} of {checked + others} operations have a check,"
        f" {by_lists} of them with a value from a list"
    )
    if guesses := sum(bool(one.examples) for one in chains.chained):
        yield (
            f"{guesses} with an example of the document in the path, which the target need not"
            " have: see the comments"
        )
    yield from (f"  {line}" for line in left_out(chains.others))
