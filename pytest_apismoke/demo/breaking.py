"""From fault names to what the backend does."""

from collections.abc import Callable, Iterable, Mapping

from . import breaks_access, breaks_calendar, breaks_service, breaks_settings
from .behaviour import Behaviour, Combined

BEHAVIOURS: Mapping[str, Callable[[], Behaviour]] = {
    **breaks_access.BEHAVIOURS,
    **breaks_settings.BEHAVIOURS,
    **breaks_calendar.BEHAVIOURS,
    **breaks_service.BEHAVIOURS,
}


def behaviour_of(names: Iterable[str]) -> Behaviour:
    """Return the behaviour of a backend with these faults; without any it is healthy."""
    return Combined(BEHAVIOURS[name]() for name in names)
