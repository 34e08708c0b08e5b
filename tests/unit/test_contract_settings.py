"""What a run was told of contracts: decided once, and refused where it makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_apismoke.configuration.contract_settings import ContractSettings, contract_settings
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.errors import Category, SmokeError


def pick(options: Mapping[str, str], ini: Mapping[str, str] | None = None) -> Resolver:
    """What was given, by names without what stands in front of all of them."""
    return Resolver(
        RawSettings(
            options={f"--smoke-{name.replace('_', '-')}": text for name, text in options.items()},
            environ={},
            ini={f"apismoke_{name}": text for name, text in (ini or {}).items()},
            directory=Path("/nowhere"),
        )
    )


def refusal(options: Mapping[str, str]) -> tuple[Category, str]:
    with pytest.raises(SmokeError) as caught:
        contract_settings(pick(options))
    return caught.value.failure.category, str(caught.value)


def message(expected: str, seen: str, where: str, hint: str) -> tuple[Category, str]:
    text = f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"
    return Category.USAGE, text


def test_without_a_word_there_is_no_description_and_drift_is_a_note() -> None:
    assert contract_settings(pick({})) == ContractSettings(
        openapi=None, checks="off", floor_percent=0.0, drift="note"
    )


@pytest.mark.parametrize(
    "given",
    [
        pick(
            {
                "openapi": " a.yaml ",
                "openapi_checks": "full",
                "openapi_floor": "12.5%",
                "drift": "strict",
            }
        ),
        pick(
            {},
            {
                "openapi": "a.yaml",
                "openapi_checks": "full",
                "openapi_floor": "12.5",
                "drift": "strict",
            },
        ),
    ],
    ids=["command line", "ini file"],
)
def test_every_setting_may_be_given_in_both_places(given: Resolver) -> None:
    assert contract_settings(given) == ContractSettings(
        openapi="a.yaml", checks="full", floor_percent=12.5, drift="strict"
    )


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_name_is_a_variable_that_is_not_set(text: str) -> None:
    assert refusal({"openapi": text}) == message(
        "an OpenAPI document: a file, or a path of the target (/openapi.json)",
        "an empty string",
        "--smoke-openapi",
        "name it, or leave the option out; if it comes from a variable, that variable is not set",
    )


@pytest.mark.parametrize(
    ("option", "text", "expected", "hint"),
    [
        ("openapi_checks", "smok", "one of off, smoke, full", "did you mean 'smoke'?"),
        ("openapi_checks", "", "one of off, smoke, full", "choose from off, smoke, full"),
        ("drift", "Strict", "one of off, note, strict", "did you mean 'strict'?"),
        ("drift", "", "one of off, note, strict", "choose from off, note, strict"),
    ],
)
def test_an_unknown_word_is_refused(option: str, text: str, expected: str, hint: str) -> None:
    where = f"--smoke-{option.replace('_', '-')}"
    assert refusal({"openapi": "a.yaml", option: text}) == (
        message(expected, repr(text) if text else "an empty string", where, hint)
    )


@pytest.mark.parametrize("text", ["0", "100", "100%", "1e1"])
def test_a_floor_is_a_number_of_percent(text: str) -> None:
    found = contract_settings(pick({"openapi": "a.yaml", "openapi_floor": text}))
    assert found.floor_percent == float(text.removesuffix("%"))


@pytest.mark.parametrize("text", ["", "-1", "101", "nan", "inf", "all", "%", "80 percent"])
def test_any_other_floor_is_refused(text: str) -> None:
    """An empty one above all: a variable that is not set must not take the floor away."""
    assert refusal({"openapi": "a.yaml", "openapi_floor": text}) == (
        message(
            "a number of percent from 0 to 100",
            repr(text),
            "--smoke-openapi-floor",
            "give a number, for instance 80",
        )
    )


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"openapi_floor": "80"}, "--smoke-openapi-floor"),
        ({"openapi_checks": "smoke"}, "--smoke-openapi-checks"),
        ({"openapi_checks": "full", "openapi_floor": "1"}, "--smoke-openapi-floor"),
    ],
)
def test_what_asks_for_a_description_needs_one(options: dict[str, str], where: str) -> None:
    assert refusal(options) == message(
        "an OpenAPI document, for its operations",
        "none",
        where,
        "name it with --smoke-openapi=SOURCE",
    )


@pytest.mark.parametrize(
    "options", [{"openapi_floor": "0"}, {"openapi_checks": "off"}, {"drift": "strict"}]
)
def test_what_asks_for_none_needs_none(options: dict[str, str]) -> None:
    assert contract_settings(pick(options)).openapi is None
