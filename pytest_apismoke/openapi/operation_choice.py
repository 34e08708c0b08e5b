"""Which operations of a spec a run does not ask for, and values of its own for their parameters.

An operation that ends a session would revoke the token with which every other check is sent. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from pytest_apismoke.configuration.keys import Scalar
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.operations import Operation
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import words

#: The words of a path or an operationId that tell of the end of a session, one after the other.
_ENDS_A_SESSION = (
    *(("logout",), ("logoff",), ("signout",), ("signoff",), ("endsession",), ("revoke",)),
    *(("log", "out"), ("log", "off"), ("sign", "out"), ("sign", "off")),
    *(("end", "session"), ("destroy", "session"), ("terminate", "session")),
)
_VARIABLE = late_pattern(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationChoice:
    """What a profile says about the operations of a spec.

    `leave_out` and `parameters` are those of `[openapi]`; `logins` are the requests of the login,
    each as method and path, which would begin another session.
    """

    leave_out: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Scalar], ...] = ()
    logins: tuple[str, ...] = ()

    @classmethod
    def of(cls, profile: TargetProfile) -> OperationChoice:
        """The choice of a profile."""
        login, steps = profile.login, (profile.login, profile.login.then)
        return cls(
            leave_out=profile.openapi.leave_out,
            parameters=profile.openapi.parameters,
            logins=tuple(
                f"{one.method} {one.path.partition('?')[0]}" for one in steps if login.has_request
            ),
        )

    def reason_to_leave_out(self, operation: Operation) -> str:
        """Why an operation is left out, as a clause; empty for one that is asked for."""
        if any(_is_meant(name, operation) for name in self.leave_out):
            return "[openapi] leave_out names it"
        paths = (f"{prefix}{operation.path}" for prefix in ("", *operation.prefixes))
        if any(f"{operation.method} {path}" in self.logins for path in paths):
            return "the run logs in there"
        return "it ends a session" if _ends_a_session(operation) else ""

    def value(self, operation: Operation, parameter: str) -> Scalar | None:
        """The value for a parameter of an operation, that for this operation first; else None."""
        general: Scalar | None = None
        for key, value in self.parameters:
            whose, _, name = key.rpartition(" ")
            if name == parameter and whose and _is_meant(whose, operation):
                return value
            if key == parameter:
                general = value
        return general

    def without_a_use(
        self, operations: Sequence[Operation], parameters: Iterable[tuple[Operation, str]]
    ) -> Iterator[str]:
        """A note on each entry that means nothing in a spec, perhaps because of a typo.

        Args:
            operations: of the spec.
            parameters: each operation with the name of each of its parameters.

        """
        known = [name for one in operations for name in _names(one)]
        for name in self.leave_out:
            if not any(_is_meant(name, one) for one in operations):
                yield f"[openapi] leave_out names {name!r}, which is no operation" + _near(
                    name, known
                )
        pairs = tuple(parameters)
        for key, _ in self.parameters:
            whose, _, name = key.rpartition(" ")
            if not any(
                name == other and (not whose or _is_meant(whose, one)) for one, other in pairs
            ):
                near = _near(name, [other for _, other in pairs]) if not whose else ""
                yield f"[openapi] parameters has {key!r}, which no operation takes{near}"


def _names(operation: Operation) -> tuple[str, ...]:
    return tuple(filter(None, (operation.operation_id, operation.path, operation.name)))


def _is_meant(name: str, operation: Operation) -> bool:
    method, space, path = name.partition(" ")
    return f"{method.upper()}{space}{path}" == operation.name or name in _names(operation)


def _near(name: str, known: Sequence[str]) -> str:
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _ends_a_session(operation: Operation) -> bool:
    segments = _VARIABLE.sub("", operation.path).split("/")
    return any(
        _has(words(text), ending)
        for text in (*segments, operation.operation_id or "")
        for ending in _ENDS_A_SESSION
    )


def _has(found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    length = len(wanted)
    return any(found[at : at + length] == wanted for at in range(len(found) - length + 1))
