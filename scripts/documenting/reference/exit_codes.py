"""exit-codes.md: the three tables, from the code that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from documenting.reference import markdown
from documenting.reference.markdown import code, link, sentence
from pytest_apismoke.configuration.keys import API_EXIT_CODE
from pytest_apismoke.demo.faults import all_faults
from pytest_apismoke.errors import TARGET_CATEGORIES
from pytest_apismoke.verdict.exit_codes import (
    API_CODES,
    CATEGORY_CODES,
    COULD_NOT_VERIFY,
    DECLARED_API,
    MEANING_OF_CATEGORY,
    MEANING_OF_VERDICT,
    SEVERAL_APIS,
    VERDICT_CODES,
    Judgement,
)

_PASSED = MEANING_OF_VERDICT[Judgement.PASS]
_KEY = "configuration.md#apisname-exit_code"


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    return {
        "category": markdown.table(
            ("code", "category", "meaning", "a fault that shows it"), _of_categories()
        ),
        "api": markdown.table(("code", "meaning"), _of_apis()),
        "verdict": markdown.table(
            ("code", "verdict", "meaning"),
            [
                (str(number), code(word.value), sentence(MEANING_OF_VERDICT[word]))
                for word, number in VERDICT_CODES.items()
            ],
        ),
    }


def _of_categories() -> Iterator[tuple[str, ...]]:
    """One row for each category; those that say nothing about the target come last."""
    yield "0", "", sentence(_PASSED), ""
    for category, meaning in MEANING_OF_CATEGORY.items():
        number = CATEGORY_CODES.get(category, COULD_NOT_VERIFY)
        is_evidence = category in TARGET_CATEGORIES
        told = sentence(meaning) if is_evidence else f"Could not verify: {meaning}."
        yield str(number), code(category.value), told, _fault(category) if is_evidence else ""


def _fault(category: str) -> str:
    """The first fault of the embedded backend that a smoke run finds as this category."""
    names = [one.name for one in all_faults() if (one.category, one.mode) == (category, "smoke")]
    return code(names[0]) if names else ""


def _of_apis() -> Iterator[tuple[str, ...]]:
    yield "0", sentence(_PASSED)
    for name, number in API_CODES.items():
        yield str(number), f"{code(name)} failed."
    yield str(SEVERAL_APIS), "More than one API failed."
    yield str(COULD_NOT_VERIFY), "Could not verify."
    yield str(DECLARED_API), "A declared API, a resource, or tests of your own failed."
    own = f"{API_EXIT_CODE.least} to {API_EXIT_CODE.most}"
    yield own, f"A declared API failed that has this {link(code('exit_code'), _KEY)}."
