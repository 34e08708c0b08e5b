"""What a round of reads of one document returns: all of its answers, or the failure of the bad."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.response import Response


def good_answers(
    answers: Sequence[Response | SmokeError], recorder: Recorder
) -> tuple[Response, ...]:
    """The answers of a round, if all are good.

    Args:
        answers: responses, and the errors of those that are not as expected.
        recorder: has their exchanges; a bad one is moved to the end, where a message looks for it.

    Raises:
        SmokeError: the first error, with the share of the answers that are bad.

    """
    errors = [answer for answer in answers if isinstance(answer, SmokeError)]
    if not errors:
        return tuple(answer for answer in answers if isinstance(answer, Response))
    recorder.move_to_end(lambda exchange: exchange.status != 200)
    first = errors[0]
    shared = first.failure.in_share(len(errors), len(answers))
    raise first if shared is first.failure else SmokeError(shared, dirty=first.dirty)
