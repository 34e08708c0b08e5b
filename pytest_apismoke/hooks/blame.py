"""Says whether an exception in a user's test is evidence against the target. Pure.

Source: SPEC section 4. An assertion is the test's own statement about the target. An exception
that the test's code raises otherwise says that the code is wrong, and nothing about the target.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_apismoke.errors import Category, Failure

#: The libraries whose exceptions report a request that failed.
_HTTP_LIBRARIES = frozenset(
    {"aiohttp", "httpcore", "httpx", "requests", "urllib", "urllib3", "websocket", "websockets"}
)
#: The module of the standard library with the same purpose, of which `http` is the package.
_HTTP_CLIENT = "http.client"
#: Their exceptions for a request that the test's own code got wrong, so that nothing was sent.
_OF_THE_CALLER = frozenset(
    {"InvalidHeader", "InvalidSchema", "InvalidURL", "MissingSchema", "UnsupportedProtocol"}
)


def failure_of(error: BaseException | None, text: str, *, where: str) -> Failure:
    """The failure of a test that raised something else than one of the gate's own errors.

    Args:
        error: what it raised; None if another plugin failed it.
        text: what is known besides, for a failure without an exception.
        where: the id of the test.

    """
    if isinstance(error, pytest.FixtureLookupError):
        # Its own text is that of a tuple.
        text = error.msg or f"no fixture {error.argname!r}"
    elif error is not None:
        text = str(error)
    lines = text.strip().splitlines()
    kind = f"{type(error).__name__}: " if error else ""
    seen = f"{kind}{lines[0] if lines else 'no message'}"
    category = _category(error)
    if category is Category.USAGE:
        return Failure(
            category=category,
            expected="the test's own code to work",
            seen=seen,
            where=where,
            hint="correct the test (pytest's own report further up shows the line); only an"
            " assertion, or a request that fails, counts against the target",
        )
    return Failure(
        category=category,
        expected="the test to pass",
        seen=seen,
        where=where,
        hint="read the failure further up in pytest's own report",
    )


def _category(error: BaseException | None) -> Category:
    if error is None:
        return Category.ERROR
    found = list(_leaves(error))
    if any(isinstance(one, AssertionError) for one in found):
        return Category.INVALID
    if any(_is_about_the_target(one) for one in found):
        return Category.ERROR
    return Category.USAGE


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group (PEP 654), or the exception itself."""
    inner = getattr(error, "exceptions", None)
    if not (isinstance(inner, tuple) and inner):
        yield error
        return
    for one in inner:
        yield from _leaves(one)


def _is_about_the_target(error: BaseException) -> bool:
    """Whether it is `pytest.fail`, which is a statement as well, or a request that failed."""
    if isinstance(error, (pytest.fail.Exception, ConnectionError, TimeoutError)):
        return True
    if type(error).__name__ in _OF_THE_CALLER:
        return False
    modules = (kind.__module__ for kind in type(error).__mro__)
    return any(m == _HTTP_CLIENT or m.partition(".")[0] in _HTTP_LIBRARIES for m in modules)
