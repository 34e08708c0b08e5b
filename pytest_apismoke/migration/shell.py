"""Reads the curl lines of a shell script. Pure.

A line says what its answer is expected to be with -f, or where the script compares its status.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.model import Auth, Foreign, Left, Source
from pytest_apismoke.redaction import is_sensitive

_ASSIGNED = late_pattern(r"\s*(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=(.*)")
_DEFAULT = late_pattern(r"\$\{([A-Za-z_]\w*):?[-?=]([^}]*)\}")
_VARIABLE = late_pattern(r"\$\{([A-Za-z_]\w*)(?::?[-?=][^}]*)?\}|\$([A-Za-z_]\w*)")
_CURL = late_pattern(r"(?:^|[\s`(\"|&;!])curl\s")
_COMPARED = late_pattern(r"(?:=|==|!=|-eq|-ne)\s*[\"']?([1-5]\d\d)\b")
_LOGIN = "the login of the script: describe it below [login] of apismoke.toml"
#: Options with a value that says nothing about the request.
_SKIPPED = frozenset(
    {"-o", "-w", "-m", "-c", "-b", "-D", "-A", "-e", "-x", "-K", "-E"}
    | {"--output", "--write-out", "--max-time", "--connect-timeout", "--retry", "--retry-delay"}
    | {"--cookie", "--cookie-jar", "--dump-header", "--user-agent", "--cacert", "--cert", "--key"}
    | {"--retry-max-time", "--proxy", "--resolve", "--limit-rate", "--referer"}
)
_DATA = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_FORM = frozenset({"-F", "--form", "--data-urlencode", "-T", "--upload-file"})
_NAMED = {"-X": "--request", "-H": "--header", "-u": "--user"}
#: What a URL has in front of its path.
_IN_FRONT = late_pattern(r"^[^/]*//[^/]*|^\{\{[^}]*\}\}")
_NEAR = 6


def read(text: str, *, file: str) -> Source:
    """The requests of a script.

    Args:
        text: the script.
        file: its name, for messages.

    """
    lines = list(_logical(text))
    variables = dict(_variables([line for _, line in lines]))
    requests: list[Foreign] = []
    left: list[Left] = []
    notes: list[str] = []
    credentials: dict[str, str] = {}
    for index, (number, line) in enumerate(lines):
        for command in _commands(line):
            place = f"{file}:{number}"
            try:
                words = shlex.split(command, comments=True)
            except ValueError:
                why = "its quotes are not read"
                left.append(Left(place=place, what="a curl line", why=why))
                continue
            options = _Options(words)
            if not options.url:
                left.append(Left(place=place, what="a curl line", why="it has no URL that is read"))
                continue
            after = [one for _, one in lines[index : index + _NEAR]]
            requests.append(_request(options, place, line, after))
            credentials |= options.credentials
            if options.is_authorised:
                notes.append(_LOGIN)
        if re.search(r"\bjq\b|\bgrep\b", line) and _CURL.search(line):
            why = "no tool is run; write what the body has to be as a schema"
            left.append(Left(place=f"{file}:{number}", what="jq or grep behind curl", why=why))
    secrets = {name: value for name, value in variables.items() if is_sensitive(name) and value}
    return Source(
        tool="a shell script",
        title="",
        requests=tuple(requests),
        variables=variables,
        secrets=secrets | credentials,
        notes=tuple(dict.fromkeys(notes)),
        left=tuple(left),
    )


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; those that go on in the next one are one."""
    begun, number = "", 0
    for at, line in enumerate(text.splitlines(), start=1):
        if not begun:
            number = at
            if line.lstrip().startswith("#"):
                continue
        if line.endswith("\\"):
            begun += line[:-1] + " "
            continue
        begun += line
        if _CURL.search(begun) and (begun.count("'") % 2 or _open_quotes(begun) % 2):
            begun += "\n"
            continue
        yield number, begun
        begun = ""
    if begun:
        yield number, begun


def _open_quotes(text: str) -> int:
    return len(re.findall(r"(?<!\\)\"", re.sub(r"'[^']*'", "", text)))


def _variables(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if (match := _ASSIGNED.fullmatch(line)) and "$(" not in match[2] and "`" not in match[2]:
            text = match[2].split(" #")[0].strip()
            if default := _DEFAULT.fullmatch(text.strip("\"'")):
                text = default[2] if text.strip("\"'").find("?}") < 0 else ""
            yield match[1], _marked(text.strip("\"'"))


def _commands(line: str) -> Iterator[str]:
    """The curl commands of a line, each to the end of its command."""
    for match in _CURL.finditer(line):
        begins = line.index("curl", match.start())
        yield _to_end(line[begins:])


def _to_end(text: str) -> str:
    """A command without what follows it: a pipe, a redirection, the end of a substitution."""
    quote, deep = "", 0
    for at, one in enumerate(text):
        if quote:
            quote = "" if one == quote and text[at - 1] != "\\" else quote
        elif one in "\"'":
            quote = one
        elif one == "(":
            deep += 1
        elif one == ")" and deep:
            deep -= 1
        elif one in "|;&)`><" and not (one == "&" and text[at - 1] not in " >"):
            return re.sub(r"\s\d$", "", text[:at])
    return text


class _Options:
    """What a curl command says."""

    def __init__(self, words: Sequence[str]) -> None:
        self.url = ""
        self.method = ""
        self.headers: list[tuple[str, str]] = []
        self.data: list[str] = []
        self.form = ""
        self.is_get = self.fails = self.is_authorised = self.is_head = False
        self.credentials: dict[str, str] = {}
        rest = list(words[1:])
        while rest:
            word = rest.pop(0)
            if word.startswith("--") and "=" in word:
                word, _, value = word.partition("=")
                rest.insert(0, value)
            self._take(word, rest)

    def _take(self, word: str, rest: list[str]) -> None:
        if word.startswith("-") and not word.startswith("--") and len(word) > 2:
            # -sSf, or -XPOST.
            letter, more = word[:2], word[2:]
            if letter in ("-X", "-H", "-d", "-u", "-o", "-w", "-m", "-F"):
                rest.insert(0, more)
            else:
                rest.insert(0, f"-{more}")
            word = letter
        word = _NAMED.get(word, word)
        if word in ("-f", "--fail", "--fail-with-body"):
            self.fails = True
        elif word in ("-G", "--get"):
            self.is_get = True
        elif word in ("-I", "--head"):
            self.is_head = True
        elif word == "--oauth2-bearer" or word == "--user":
            self.is_authorised = True
            self._keep("PASSWORD", rest.pop(0) if rest else "")
        elif (
            word in _SKIPPED or word in _DATA or word in _FORM or word in ("--request", "--header")
        ):
            self._with_value(word, rest.pop(0) if rest else "")
        elif word == "--url":
            self.url = _marked(rest.pop(0)) if rest else ""
        elif not word.startswith("-") and not self.url:
            self.url = _marked(word)

    def _with_value(self, word: str, value: str) -> None:
        if word == "--request":
            self.method = value
        elif word == "--header":
            name, _, text = value.partition(":")
            self.headers.append((name.strip(), _marked(text.strip())))
            if is_sensitive(name.strip()):
                self.is_authorised = self.is_authorised or name.lower() in ("authorization",)
                self._keep(name.strip(), text.strip().rpartition(" ")[2])
        elif word in _DATA:
            self.data.append(value)
        elif word in _FORM:
            self.form = "the form"

    def _keep(self, name: str, value: str) -> None:
        secret = value.rpartition(":")[2]
        if secret and "$" not in secret:
            self.credentials[name] = secret


def _request(options: _Options, place: str, line: str, after: Sequence[str]) -> Foreign:
    sent = "&".join(options.data)
    method = options.method or (
        "HEAD" if options.is_head else "POST" if options.data or options.form else "GET"
    )
    url = options.url
    if options.is_get and sent:
        method, url = options.method or "GET", f"{url}{'&' if '?' in url else '?'}{_marked(sent)}"
        sent = ""
    value, body = _body(sent)
    statuses = _statuses(line, after)
    left: tuple[Left, ...] = ()
    if not statuses and not options.fails:
        why = "neither -f nor a comparison says which; the check expects any 2xx"
        left = (Left(place=place, what="the status of the answer", why=why),)
    return Foreign(
        place=place,
        name=f"{method} {_IN_FRONT.sub('', url.partition('?')[0]) or '/'}",
        method=method,
        url=url,
        headers=tuple(options.headers),
        json=value,
        body=body or options.form,
        auth=Auth.RUN if options.is_authorised else Auth.NONE,
        statuses=statuses,
        left=left,
    )


def _statuses(line: str, after: Sequence[str]) -> tuple[int, ...]:
    """The status that the script compares the answer's with."""
    if "http_code" not in line:
        return ()
    assigned = _ASSIGNED.match(line)
    if assigned is None:
        found = _COMPARED.search(line)
        return (int(found[1]),) if found else ()
    for one in after[1:]:
        if re.search(rf"\$\{{?{assigned[1]}\b", one) and (found := _COMPARED.search(one)):
            return (int(found[1]),)
    return ()


def _body(text: str) -> tuple[Any, str]:
    if not text:
        return None, ""
    try:
        return json.loads(_marked(text)), ""
    except ValueError:
        return None, "the form" if "=" in text else "the body"


def _marked(text: str) -> str:
    """A string with the variables of the shell as `{{name}}`."""
    return _VARIABLE.sub(lambda match: f"{{{{{match[1] or match[2]}}}}}", text)
