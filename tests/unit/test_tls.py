"""Trusted authorities and client certificates: over real TLS, and as mistakes in settings."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from unit.loopback import RawServer, says, tunnels, unused_port
from urllib3.util.ssl_ import create_urllib3_context

from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request

if TYPE_CHECKING:
    from unit.conftest import FakeClock

Serve = Callable[..., RawServer]
ClientOf = Callable[..., Client]

GET = Request(method="GET", path="/x")
WELL = says("{}")
HOST = "127.0.0.1"
UNTIL = datetime(2050, 1, 1, tzinfo=timezone.utc)
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
HINT = (
    "renew or complete the certificate on the target; for an authority of your own, name its file"
    " in APISMOKE_CA_BUNDLE"
)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key as files, in one and apart."""

    certificate: str
    key: str
    both: str

    @property
    def fingerprint(self) -> str:
        der = ssl.PEM_cert_to_DER_cert(Path(self.certificate).read_text())
        return f"SHA-256 {hashlib.sha256(der).hexdigest()[:16]}…"

    def server(self, *, clients: str = "") -> ssl.SSLContext:
        """A server's side; `clients` is the file of the authorities that clients must be of."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context


def written(folder: Path, certificate: bytes, key: bytes) -> Identity:
    folder.mkdir()
    paths = [folder / name for name in ("certificate.pem", "key.pem", "both.pem")]
    for path, content in zip(paths, (certificate, key, key + certificate), strict=True):
        path.write_bytes(content)
    return Identity(*map(str, paths))


@dataclass(frozen=True)
class Certificates:
    """Everything that the tests show and trust: made once, because keys take their time."""

    authority: str
    other_authority: str
    good: Identity
    expired: Identity
    elsewhere: Identity
    self_signed: Identity
    gate: Identity
    locked_key: str


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA(organization_name="An Authority")
    other = trustme.CA(organization_name="Another Authority")

    def issued(name: str, *hosts: str, until: datetime = UNTIL) -> Identity:
        leaf = authority.issue_cert(*hosts, common_name=name, not_after=until)
        return written(folder / name, leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())

    for name, made in (("authority", authority), ("other", other)):
        made.cert_pem.write_to_path(folder / f"{name}.pem")
    locked = folder / "locked.pem"
    locked.write_bytes(_private_key_pem(ec.generate_private_key(ec.SECP256R1()), b"passphrase"))
    return Certificates(
        authority=str(folder / "authority.pem"),
        other_authority=str(folder / "other.pem"),
        good=issued("good", HOST),
        expired=issued("expired", HOST, until=LONG_AGO),
        elsewhere=issued("elsewhere", "api.example.com", "www.example.com"),
        self_signed=_self_signed(folder / "self-signed"),
        gate=issued("gate", "gate.example.com"),
        locked_key=str(locked),
    )


def _self_signed(folder: Path) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Nobody")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(LONG_AGO)
        .not_valid_after(UNTIL)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return written(folder, pem, _private_key_pem(key))


def _private_key_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    )


def failure_of(client: Client) -> Failure:
    with pytest.raises(SmokeError) as caught:
        client.send(GET)
    (exchange,) = client.recorder.exchanges
    assert exchange.error == caught.value.failure.seen
    return caught.value.failure


# -- a certificate of the target --------------------------------------------------------------


def test_a_certificate_of_a_known_authority_is_trusted(
    serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server())
    client = client_of(server.url, trust=TlsFiles(ca_bundle=certificates.authority))
    assert (client.send(GET).status, len(server.seen), server.failed_handshakes) == (200, 1, 0)


#: The certificate, whether its authority is trusted, and the two parts of its description.
REFUSED: dict[str, tuple[str, bool, str, str]] = {
    "an unknown authority": (
        "good",
        False,
        "unable to get local issuer certificate",
        "of 'good', for 127.0.0.1, issued by 'An Authority', valid until Jan  1 00:00:00 2050 GMT",
    ),
    "expired": (
        "expired",
        True,
        "certificate has expired",
        "of 'expired', for 127.0.0.1, issued by 'An Authority',"
        " valid until Jan  1 00:00:00 2020 GMT",
    ),
    "another host": (
        "elsewhere",
        True,
        "IP address mismatch, certificate is not valid for '127.0.0.1'.",
        "of 'elsewhere', for api.example.com www.example.com, issued by 'An Authority',"
        " valid until Jan  1 00:00:00 2050 GMT",
    ),
    "self-signed": (
        "self_signed",
        True,
        "self-signed certificate",
        "of 'Nobody', issued by 'Nobody', valid until Jan  1 00:00:00 2050 GMT",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_failure_describes_an_untrusted_certificate(
    case: str, serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    name, known, why, which = REFUSED[case]
    identity: Identity = getattr(certificates, name)
    bundle = certificates.authority if known else certificates.other_authority
    server = serve(WELL, context=identity.server())

    failure = failure_of(client_of(server.url, trust=TlsFiles(ca_bundle=bundle)))

    assert failure == Failure(
        category=Category.FETCH,
        expected="a response",
        seen=f"a certificate that is not trusted: {why} ({which}, {identity.fingerprint})",
        where=f"GET {server.url}/x",
        hint=HINT,
    )
    server.stop()
    assert "".join(server.seen) == ""


def test_an_untrusted_target_is_not_retried(
    serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server())
    failure = failure_of(client_of(server.url, retries=True))
    assert failure.seen.startswith("a certificate that is not trusted: unable to get local issuer")


def test_without_a_second_look_at_the_certificate_the_failure_has_the_reason_alone(
    serve: Serve,
    client_of: ClientOf,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(WELL, context=certificates.expired.server())
    client = client_of(server.url, trust=TlsFiles(ca_bundle=certificates.authority))

    def gone(*_: Any) -> str:
        raise ConnectionRefusedError

    monkeypatch.setattr("pytest_apismoke.http.wire.describe_certificate", gone)
    assert failure_of(client).seen == "a certificate that is not trusted: certificate has expired"


def test_the_look_at_a_certificate_is_bounded_by_the_limits_of_the_request(
    serve: Serve,
    client_of: ClientOf,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    clock: FakeClock,
) -> None:
    given_s: list[float] = []

    def describe(url: str, timeout_s: float) -> str:
        given_s.append(timeout_s)
        return "of 'good'"

    monkeypatch.setattr("pytest_apismoke.http.wire.describe_certificate", describe)
    server = serve(WELL, context=certificates.good.server())
    for left_s in (60.0, 2.0):
        budget = Budget(left_s, reserved_s=0.0, clock=clock, sleep=clock.sleep)
        failure_of(client_of(server.url, budget=budget))

    # The time to connect, by default, or what is left of the budget.
    assert given_s == [5.0, 2.0]


def test_the_authorities_of_the_environment_are_the_default(
    serve: Serve,
    client_of: ClientOf,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(WELL, context=certificates.good.server())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates.authority)

    assert client_of(server.url).send(GET).status == 200
    named = client_of(server.url, trust=TlsFiles(ca_bundle=certificates.other_authority))
    assert failure_of(named).seen.startswith("a certificate that is not trusted")


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> list[ssl.SSLContext]:
    """The contexts that were made, from files that were read for them."""
    made: list[ssl.SSLContext] = []

    def counted(**options: Any) -> ssl.SSLContext:
        made.append(create_urllib3_context(**options))
        return made[-1]

    monkeypatch.setattr("pytest_apismoke.http.tls_context.create_urllib3_context", counted)
    return made


def test_authorities_are_read_once_for_all_connections(
    serve: Serve,
    client_of: ClientOf,
    certificates: Certificates,
    tmp_path: Path,
    contexts: list[ssl.SSLContext],
) -> None:
    server = serve(WELL, context=certificates.good.server())
    bundle = Path(shutil.copy(certificates.authority, tmp_path))
    clients = [client_of(server.url, trust=TlsFiles(ca_bundle=str(bundle))) for _ in range(2)]

    assert [c.send(GET, fresh=True).status for c in clients for _ in range(3)] == [200] * 6
    assert len(contexts) == 1


def test_authorities_that_were_written_anew_are_read_again(
    serve: Serve,
    client_of: ClientOf,
    certificates: Certificates,
    tmp_path: Path,
    contexts: list[ssl.SSLContext],
) -> None:
    server = serve(WELL, context=certificates.good.server())
    bundle = Path(shutil.copy(certificates.authority, tmp_path / "bundle.pem"))
    trust = TlsFiles(ca_bundle=str(bundle))
    assert client_of(server.url, trust=trust).send(GET).status == 200

    shutil.copy(certificates.other_authority, bundle)
    os.utime(bundle, ns=(0, 0))

    seen = failure_of(client_of(server.url, trust=trust)).seen
    assert (seen.startswith("a certificate that is not trusted"), len(contexts)) == (True, 2)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authorities_that_are_missing_are_told_with_their_path(
    variable: str, serve: Serve, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/missing.pem")
    assert failure_of(client_of(f"https://{HOST}:{unused_port()}")).seen == (
        "Could not find a suitable TLS CA certificate bundle, invalid path: /missing.pem"
    )


def test_a_target_without_tls_is_told_to_speak_plain_http(
    serve: Serve, client_of: ClientOf
) -> None:
    server = serve(says("speak HTTP", status="400 Bad Request"))
    failure = failure_of(client_of(f"https://{HOST}:{server.port}"))
    assert (failure.seen, failure.hint) == (
        "a port that speaks plain HTTP, not TLS",
        "give a URL that begins with http://, or the port at which the target speaks TLS",
    )


def test_a_target_with_tls_refuses_plain_http(
    serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server())
    failure = failure_of(client_of(f"http://{HOST}:{server.port}"))
    assert failure.category is Category.FETCH
    server.stop()
    assert server.failed_handshakes == 1


# -- through a proxy --------------------------------------------------------------------------


@pytest.fixture
def proxied(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> RawServer:
    def tunnel(connection: Any) -> None:
        tunnels(connection, proxy.seen[-1])

    proxy = serve(tunnel)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    return proxy


def test_tls_works_through_a_proxy(
    serve: Serve, client_of: ClientOf, certificates: Certificates, proxied: RawServer
) -> None:
    server = serve(WELL, context=certificates.good.server())
    client = client_of(server.url, trust=TlsFiles(ca_bundle=certificates.authority))

    response = client.send(Request(method="GET", path="/x", headers={"Authorization": "Bearer t"}))

    assert response.status == 200
    assert [seen.split()[:2] for seen in proxied.seen] == [["CONNECT", f"{HOST}:{server.port}"]]
    assert "Bearer" not in proxied.seen[0]
    assert "Authorization: Bearer t" in server.seen[0]
    client.close()


def test_the_look_at_a_certificate_does_not_bypass_a_proxy(
    serve: Serve, client_of: ClientOf, certificates: Certificates, proxied: RawServer
) -> None:
    server = serve(WELL, context=certificates.good.server())
    assert failure_of(client_of(server.url)).seen == (
        "a certificate that is not trusted: unable to get local issuer certificate"
        " (through the proxy 127.0.0.1)"
    )
    server.stop()
    assert (len(proxied.seen), server.failed_handshakes) == (1, 1)


def test_a_proxy_that_speaks_tls_is_not_shown_the_certificate_of_the_gate(
    serve: Serve, client_of: ClientOf, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is for the target; the authorities hold for the proxy too."""
    gate = certificates.gate
    trust = TlsFiles(ca_bundle=certificates.authority, certificate=gate.both)
    open_to_all = serve(WELL, context=certificates.good.server())
    wants_one = serve(WELL, context=certificates.good.server(clients=certificates.authority))

    monkeypatch.setenv("HTTP_PROXY", open_to_all.url)
    assert client_of("http://api.example.com", trust=trust).send(GET).status == 200
    assert open_to_all.seen[0].startswith("GET http://api.example.com/x HTTP/1.1")
    monkeypatch.setenv("HTTP_PROXY", wants_one.url)
    failure = failure_of(client_of("http://api.example.com", trust=trust))
    assert failure.seen == (
        "a TLS failure: the target wants a client certificate (through the proxy 127.0.0.1)"
    )


# -- a certificate of the gate ----------------------------------------------------------------


@pytest.mark.parametrize("apart", [False, True])
def test_a_client_certificate_is_sent_to_a_target_that_requires_one(
    apart: bool, serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server(clients=certificates.authority))
    gate = certificates.gate
    trust = TlsFiles(
        ca_bundle=certificates.authority,
        certificate=gate.certificate if apart else gate.both,
        key=gate.key if apart else "",
    )
    assert client_of(server.url, trust=trust).send(GET).status == 200
    assert client_of(server.url, trust=trust).send(GET, fresh=True).status == 200


def test_a_missing_client_certificate_is_a_failure_that_names_the_setting(
    serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server(clients=certificates.authority))

    failure = failure_of(client_of(server.url, trust=TlsFiles(ca_bundle=certificates.authority)))

    assert failure == Failure(
        category=Category.FETCH,
        expected="a response",
        seen="a TLS failure: the target wants a client certificate",
        where=f"GET {server.url}/x",
        hint="name the certificate to show in APISMOKE_CLIENT_CERT, and its key in"
        " APISMOKE_CLIENT_KEY where that is a file of its own",
    )
    server.stop()
    assert (server.seen, server.failed_handshakes) == ([], 1)


# -- mistakes of a setting --------------------------------------------------------------------


def settings_of(directory: Path | None = None, /, **environ: str) -> Settings:
    return resolve(
        RawSettings(
            options={"--target-url": f"https://127.0.0.1:{unused_port()}"},
            environ={"APISMOKE_TOKEN": "a-token", **environ},
            ini={},
            directory=directory or Path(),
        )
    )


def test_the_files_are_named_in_the_environment(certificates: Certificates) -> None:
    gate = certificates.gate
    assert settings_of(
        APISMOKE_CA_BUNDLE=certificates.authority,
        APISMOKE_CLIENT_CERT=gate.certificate,
        APISMOKE_CLIENT_KEY=gate.key,
    ).tls == TlsFiles(ca_bundle=certificates.authority, certificate=gate.certificate, key=gate.key)
    assert settings_of().tls == TlsFiles()


def test_a_relative_path_is_one_from_where_the_settings_are(certificates: Certificates) -> None:
    bundle = Path(certificates.authority)
    settings = settings_of(bundle.parent, APISMOKE_CA_BUNDLE=bundle.name)
    assert settings.tls == TlsFiles(ca_bundle=str(bundle))


PEM_HINT = "name a PEM file that this process can read; a private key must have no passphrase"
BUNDLE = "expected a PEM file with certificate authorities"
PAIR = "expected a PEM file with a certificate and its private key"


@pytest.fixture
def files(tmp_path: Path, certificates: Certificates) -> dict[str, str]:
    """The names under which the cases below know files."""
    text, empty = tmp_path / "text", tmp_path / "empty"
    text.write_text("this is no PEM")
    empty.write_text("")
    return {
        "MISSING": str(tmp_path / "missing"),
        "FOLDER": str(tmp_path),
        "TEXT": str(text),
        "EMPTY": str(empty),
        "CERTIFICATE": certificates.gate.certificate,
        "KEY": certificates.gate.key,
        "OTHER_KEY": certificates.good.key,
        "LOCKED": certificates.locked_key,
    }


@pytest.mark.parametrize(
    ("given", "expected", "seen", "where"),
    [
        ({"CA_BUNDLE": "MISSING"}, BUNDLE, "No such file or directory", "CA_BUNDLE"),
        ({"CA_BUNDLE": "TEXT"}, BUNDLE, r"an invalid one \(.+\)", "CA_BUNDLE"),
        ({"CA_BUNDLE": "EMPTY"}, BUNDLE, r"an invalid one \(.+\)", "CA_BUNDLE"),
        ({"CA_BUNDLE": "FOLDER"}, BUNDLE, ".+", "CA_BUNDLE"),
        ({"CA_BUNDLE": "KEY"}, BUNDLE, r"an invalid one \(.+\)", "CA_BUNDLE"),
        ({"CLIENT_CERT": "MISSING"}, PAIR, "No such file or directory", "CLIENT_CERT"),
        ({"CLIENT_CERT": "TEXT"}, PAIR, r"an invalid one \(.+\)", "CLIENT_CERT"),
        ({"CLIENT_CERT": "CERTIFICATE"}, PAIR, r"an invalid one \(.+\)", "CLIENT_CERT"),
        (
            {"CLIENT_CERT": "CERTIFICATE", "CLIENT_KEY": "MISSING"},
            PAIR,
            "No such file or directory",
            "CLIENT_CERT with CLIENT_KEY",
        ),
        (
            {"CLIENT_CERT": "CERTIFICATE", "CLIENT_KEY": "OTHER_KEY"},
            PAIR,
            r"an invalid one \(KEY_VALUES_MISMATCH\)",
            "CLIENT_CERT with CLIENT_KEY",
        ),
        (
            {"CLIENT_CERT": "CERTIFICATE", "CLIENT_KEY": "LOCKED"},
            PAIR,
            "the key has a passphrase",
            "CLIENT_CERT with CLIENT_KEY",
        ),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_file_that_is_not_what_it_is_to_be_is_refused_before_anything_is_sent(
    given: dict[str, str], expected: str, seen: str, where: str, files: dict[str, str]
) -> None:
    environ = {f"APISMOKE_{name}": files[file] for name, file in given.items()}

    with pytest.raises(SmokeError) as caught:
        settings_of(**environ)

    failure = caught.value.failure
    assert caught.value.__cause__ is None
    assert failure.category is Category.USAGE
    assert str(failure) == (
        f"{expected}, seen {failure.seen}\n  where: {where_of(where)}\n  what to do: {PEM_HINT}"
    )
    assert re.fullmatch(seen, failure.seen)


def where_of(names: str) -> str:
    return " with ".join(f"environment variable APISMOKE_{name}" for name in names.split(" with "))


def test_a_key_without_a_certificate_says_that_one_is_missing(files: dict[str, str]) -> None:
    with pytest.raises(SmokeError) as caught:
        settings_of(APISMOKE_CLIENT_KEY=files["KEY"])
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == (
        "expected a certificate for the key, seen none\n"
        "  where: environment variable APISMOKE_CLIENT_KEY\n"
        "  what to do: name its file in APISMOKE_CLIENT_CERT, or remove the key"
    )


@pytest.mark.parametrize("name", ["CA_BUNDLE", "CLIENT_CERT", "CLIENT_KEY"])
def test_an_empty_path_is_a_variable_that_was_not_set(name: str) -> None:
    with pytest.raises(SmokeError) as caught:
        settings_of(**{f"APISMOKE_{name}": ""})
    assert str(caught.value) == (
        "expected the path of a PEM file, seen an empty string\n"
        f"  where: environment variable APISMOKE_{name}\n"
        "  what to do: name the file, or leave it out; if it comes from a variable, that variable"
        " is not set"
    )


def test_what_the_settings_say_makes_a_target_of_an_own_authority_pass(
    serve: Serve, client_of: ClientOf, certificates: Certificates
) -> None:
    server = serve(WELL, context=certificates.good.server())
    trust = settings_of(APISMOKE_CA_BUNDLE=certificates.authority).tls
    assert client_of(server.url, trust=trust).send(GET).status == 200
