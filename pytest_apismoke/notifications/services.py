"""The services behind the URLs that a run was given, as Apprise knows them.

Apprise is imported here only, and only where somebody is to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.notifications import quietly
from pytest_apismoke.reports.chat_message import Message
from pytest_apismoke.verdict.exit_codes import Judgement

EXTRA = "pip install 'pytest-apismoke[notify]', or leave the URL out"
_SCHEME = late_pattern(r"\A([A-Za-z][A-Za-z0-9+.-]*)://")
_KNOWN_FORMS = "https://appriseit.com/services lists the forms of URLs"
_TYPES = {
    Judgement.PASS: "SUCCESS",
    Judgement.FAIL: "FAILURE",
    Judgement.DIRTY: "FAILURE",
}
_EVERY_FORMAT = {"text", "markdown", "html"}


class Service:
    """One service that takes messages.

    Args:
        name: that messages of ours may have: without anything of the URL but its kind.
        plugin: Apprise's.

    """

    def __init__(self, name: str, plugin: Any) -> None:
        self.name = name
        self._plugin = plugin

    def send(self, message: Message, verdict: Judgement) -> str:
        """Sends a message; returns what went wrong, in words that may quote the service.

        Args:
            message: in both its forms; the service gets the one that it shows best.
            verdict: whose colour or sign the service may show.

        """
        import apprise

        body, form = self._fitting(message)
        # Not through Apprise's own list of services: since its version 2 that sends in threads
        # which a process waits for at its end.
        with quietly.collected() as lines:
            is_sent = self._plugin.notify(
                title=message.title,
                body=body,
                # By name: they are an enumeration only since Apprise's version 2.
                body_format=getattr(apprise.NotifyFormat, form),
                notify_type=getattr(apprise.NotifyType, _TYPES.get(verdict, "WARNING")),
            )
        return "" if is_sent else "; ".join(lines) or "Apprise does not say why"

    def _fitting(self, message: Message) -> tuple[str, str]:
        """The body in the form that the service shows best, and the name of that form."""
        formats = _formats(self._plugin)
        # What takes every form shows none: a webhook, whose reader is a program.
        if "markdown" in formats and not formats >= _EVERY_FORMAT:
            return message.markdown, "MARKDOWN"
        if "html" in formats and not formats >= _EVERY_FORMAT:
            return message.html, "HTML"
        return message.plain, "TEXT"


def services_of(urls: Sequence[str], where: str) -> tuple[Service, ...]:
    """The services behind some URLs.

    Args:
        urls: as Apprise takes them.
        where: the setting that they come from.

    Raises:
        SmokeError: (`usage`) where Apprise is missing, or does not understand one of them.

    """
    if not urls:
        return ()
    if find_spec("apprise") is None:
        raise misconfigured(
            expected="Apprise, which sends the notifications, to be installed",
            seen="no package apprise",
            where=where,
            hint=EXTRA,
        )
    return tuple(_service(url, number, len(urls), where) for number, url in enumerate(urls, 1))


def _service(url: str, number: int, count: int, where: str) -> Service:
    scheme = _SCHEME.match(url)
    kind = f"{scheme[1]}://" if scheme else "a string without a scheme"
    name = kind if count == 1 else f"{kind} (URL {number} of {count})"
    with quietly.collected(), quietly.without_warnings():
        import apprise

        plugin = apprise.Apprise.instantiate(url)
    if plugin is None:
        is_plain = scheme is not None and scheme[1].lower() in ("http", "https")
        instead = "json:// or jsons:// posts JSON to any server" if is_plain else "correct it"
        raise misconfigured(
            expected="a URL of a service that Apprise knows",
            seen=f"one that begins with {kind}" if scheme else kind,
            where=where if count == 1 else f"{where}, URL {number} of {count}",
            hint=f"{instead}; {_KNOWN_FORMS}",
        )
    return Service(name, plugin)


def _formats(plugin: Any) -> set[str]:
    """The formats that a service shows: one, or since Apprise 2 several."""
    given = plugin.notify_format
    several = given if isinstance(given, (tuple, list, set, frozenset)) else [given]
    return {str(getattr(one, "value", one)) for one in several}
