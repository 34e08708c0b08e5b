"""The table of backends: each with its profile, and a broken variation that a run must catch.

Long because it is one table; a row is a backend, its profile, and a fault with its exit code.
"""

from __future__ import annotations

from shapes.parts import (
    PLAIN,
    SETTINGS,
    Access,
    Backend,
    Calendar,
    Document,
    Fault,
    Guard,
    Health,
    Login,
    Refresh,
    Second,
)
from shapes.shape import Broken, Shape

_COMMIT = "4f0c2d1e9b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d"

LOGINS = (
    Shape(
        name="as the default profile has it",
        profile="",
        backend=Backend(),
        broken=Broken(fault=Fault.CALENDAR_IS_TEXT, code=4, category="state"),
    ),
    Shape(
        name="login by a username",
        profile="""
            [login]
            username_field = "username"
        """,
        backend=Backend(login=Login(names=("username", "password"))),
        broken=Broken(fault=Fault.LOGIN_REFUSED, code=1, category="auth"),
    ),
    Shape(
        name="login with further fixed fields",
        profile="""
            [login]
            fields = { audience = "api", device = "gate" }
        """,
        backend=Backend(login=Login(fields={"audience": "api", "device": "gate"})),
        broken=Broken(fault=Fault.TOKEN_REFUSED, code=2, category="fetch"),
    ),
    Shape(
        name="OAuth2 password, as a form",
        profile="""
            [login]
            path = "/token"
            content_type = "form"
            fields = { grant_type = "password" }
        """,
        backend=Backend(
            login=Login(path="/token", takes="form", fields={"grant_type": "password"})
        ),
        broken=Broken(fault=Fault.NO_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="OAuth2 client credentials in the body",
        profile="""
            [login]
            path = "/oauth/token"
            content_type = "form"
            username_field = "client_id"
            password_field = "client_secret"
            fields = { grant_type = "client_credentials", scope = "settings" }
        """,
        backend=Backend(
            login=Login(
                path="/oauth/token",
                takes="form",
                names=("client_id", "client_secret"),
                fields={"grant_type": "client_credentials", "scope": "settings"},
            )
        ),
        broken=Broken(fault=Fault.LOGIN_FAILS, code=1, category="auth"),
    ),
    Shape(
        name="OAuth2 client credentials by HTTP Basic",
        profile="""
            [login]
            path = "/oauth/token"
            content_type = "form"
            credentials = "basic"
            fields = { grant_type = "client_credentials" }
        """,
        backend=Backend(
            login=Login(
                path="/oauth/token",
                takes="form",
                credentials="basic",
                fields={"grant_type": "client_credentials"},
            )
        ),
        broken=Broken(fault=Fault.LOGIN_LIMITED, code=5, category="budget"),
    ),
    Shape(
        name="HTTP Basic on the login only",
        profile="""
            [login]
            path = "/session"
            method = "GET"
            credentials = "basic"
            token_pointer = "/token"
        """,
        backend=Backend(
            login=Login(path="/session", method="GET", credentials="basic", place="/token")
        ),
        broken=Broken(fault=Fault.LOGIN_IS_A_PAGE, code=1, category="auth"),
    ),
    Shape(
        name="HTTP Basic with every request",
        profile="""
            [login]
            kind = "basic"
        """,
        backend=Backend(access=Access(by="basic")),
        broken=Broken(fault=Fault.ANY_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="a token that is given, and no login",
        profile="",
        backend=Backend(login=Login(exists=False)),
        broken=Broken(fault=Fault.ANY_TOKEN, code=1, category="auth"),
        has_token=True,
    ),
    Shape(
        name="an API key in a header",
        profile="""
            [login]
            header = "X-Api-Key"
            scheme = ""
        """,
        backend=Backend(login=Login(exists=False), access=Access(name="X-Api-Key", scheme="")),
        broken=Broken(fault=Fault.ANYONE, code=1, category="auth"),
        has_token=True,
    ),
    Shape(
        name="a login into another header, without a scheme",
        profile="""
            [login]
            path = "/sessions"
            token_pointer = "/session/key"
            header = "X-Session"
            scheme = ""
        """,
        backend=Backend(
            login=Login(path="/sessions", status=201, place="/session/key"),
            access=Access(name="X-Session", scheme=""),
        ),
        broken=Broken(fault=Fault.REFUSAL_IS_A_PAGE, code=5, category="invalid"),
    ),
    Shape(
        name="an opaque token deep in the answer",
        profile="""
            [login]
            token_pointer = "/data/attributes/token"
            scheme = "Token"
        """,
        backend=Backend(login=Login(place="/data/attributes/token"), access=Access(scheme="Token")),
        broken=Broken(fault=Fault.READ_FAILS, code=2, category="fetch"),
    ),
    Shape(
        name="a session cookie",
        profile="""
            [login]
            kind = "cookie"
            statuses = [204]
        """,
        backend=Backend(
            login=Login(gives="cookie", place="sid", status=204),
            access=Access(by="cookie", name="sid"),
        ),
        broken=Broken(fault=Fault.ANY_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="the token in a header of the answer",
        profile="""
            [login]
            token_header = "X-Subject-Token"
            header = "X-Auth-Token"
            scheme = ""
        """,
        backend=Backend(
            login=Login(gives="header", place="X-Subject-Token", status=201),
            access=Access(name="X-Auth-Token", scheme=""),
        ),
        broken=Broken(fault=Fault.NO_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="the token in a cookie, sent in a header",
        profile="""
            [login]
            token_cookie = "jwt"
        """,
        backend=Backend(login=Login(gives="cookie", place="jwt")),
        broken=Broken(fault=Fault.ANYONE, code=1, category="auth"),
    ),
    Shape(
        name="a login in two steps, with a challenge",
        profile="""
            [login]
            path = "/login"
            [login.then]
            path = "/login/confirm"
            fields = { device = "gate" }
            copied = { nonce = "/challenge" }
        """,
        backend=Backend(
            login=Login(
                path="/login",
                second=Second(path="/login/confirm", fields={"device": "gate"}, challenge="nonce"),
            )
        ),
        broken=Broken(fault=Fault.ANY_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="a login that asks for the name first",
        profile="""
            [login]
            path = "/login/identifier"
            username_field = "identifier"
            password_field = ""
            [login.then]
            path = "/login/password"
            password_field = "password"
            copied = { flow = "/challenge" }
        """,
        backend=Backend(
            login=Login(
                path="/login/identifier",
                names=("identifier", ""),
                second=Second(path="/login/password", names=("", "password"), challenge="flow"),
            )
        ),
        broken=Broken(fault=Fault.LOGIN_REFUSED, code=1, category="auth"),
    ),
    Shape(
        name="a login after a page with a CSRF token",
        profile="""
            [login]
            kind = "cookie"
            path = "/login"
            method = "GET"
            username_field = ""
            password_field = ""
            [login.then]
            path = "/login"
            content_type = "form"
            username_field = "username"
            password_field = "password"
            csrf_header = "X-CSRFToken"
            csrf_from_cookie = "csrftoken"
        """,
        backend=Backend(
            login=Login(
                path="/login",
                method="GET",
                names=("", ""),
                gives="cookie",
                place="sid",
                second=Second(
                    path="/login",
                    takes="form",
                    names=("username", "password"),
                    csrf_header="X-CSRFToken",
                ),
            ),
            access=Access(by="cookie", name="sid"),
        ),
        broken=Broken(fault=Fault.ANY_TOKEN, code=1, category="auth"),
    ),
    Shape(
        name="a login in two steps, which chooses a tenant",
        profile="""
            [login.then]
            path = "/api/auth/tenant"
            content_type = "form"
            fields = { tenant = "acme" }
            carries_token = true
        """,
        backend=Backend(
            login=Login(
                second=Second(
                    path="/api/auth/tenant",
                    takes="form",
                    fields={"tenant": "acme"},
                    wants_token=True,
                )
            )
        ),
        broken=Broken(fault=Fault.LOGIN_REFUSED, code=1, category="auth"),
    ),
    Shape(
        name="tokens of a second, which are exchanged",
        profile="""
            [login.refresh]
            path = "/token"
            content_type = "form"
            fields = { grant_type = "refresh_token" }
        """,
        backend=Backend(
            login=Login(
                refresh=Refresh(
                    path="/token",
                    lifetime_s=1,
                    takes="form",
                    fields={"grant_type": "refresh_token"},
                )
            )
        ),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
        arguments=("-o", "apismoke_persistence_delay=1.1"),
    ),
)

REFUSALS = (
    Shape(
        name="403 without a body",
        profile="""
            [refusals]
            statuses = [403]
            body = "empty"
        """,
        backend=Backend(access=Access(status=403, body="empty")),
        broken=Broken(fault=Fault.ANYONE, code=1, category="auth"),
    ),
    Shape(
        name="401 with a text",
        profile="""
            [refusals]
            statuses = [401]
            body = "text"
        """,
        backend=Backend(access=Access(body="text")),
        broken=Broken(fault=Fault.REFUSAL_IS_404, code=2, category="fetch"),
    ),
)

DOCUMENTS = (
    Shape(
        name="the document under data, both ways",
        profile="""
            [document]
            root = "/data"
            update_root = "/data"
        """,
        backend=Backend(document=Document(root="/data", update_root="/data")),
        broken=Broken(fault=Fault.READ_IS_A_PAGE, code=5, category="invalid"),
    ),
    Shape(
        name="the document under data, bare in updates",
        profile="""
            [document]
            root = "/data"
        """,
        backend=Backend(document=Document(root="/data")),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="attributes of a resource, as JSON:API has them",
        profile="""
            [document]
            root = "/data/attributes"
            update_root = "/data/attributes"
            update_method = "PATCH"
        """,
        backend=Backend(
            document=Document(
                root="/data/attributes", update_root="/data/attributes", method="PATCH"
            )
        ),
        broken=Broken(fault=Fault.NAME_IS_A_NUMBER, code=5, category="invalid"),
    ),
    Shape(
        name="one of a list, by its slug",
        profile="""
            [document]
            path = "/api/shops"
            root = "/items"
            select = { "/slug" = "main" }
            update_path = "/api/shops/main"
        """,
        backend=Backend(
            document=Document(
                path="/api/shops", update_path="/api/shops/main", root="/items", slug="main"
            )
        ),
        broken=Broken(fault=Fault.ITEM_IS_GONE, code=5, category="invalid"),
    ),
    Shape(
        name="PUT of the whole document",
        profile="""
            [document]
            update_body = "whole"
        """,
        backend=Backend(document=Document(whole=True)),
        broken=Broken(fault=Fault.UPDATE_CUTS, code=4, category="persist"),
    ),
    Shape(
        name="PUT of all fields that may be written, and no others",
        profile="""
            [document]
            update_body = "whole"
            writable = ["name", "description", "greeting_style"]
            probe = "/greeting_style"
        """,
        backend=Backend(
            document=Document(whole=True, writable=("name", "description", "greeting_style"))
        ),
        broken=Broken(fault=Fault.UPDATE_FAILS, code=3, category="save"),
    ),
    Shape(
        name="PATCH with companions, read-only fields refused",
        profile="""
            [document]
            update_method = "PATCH"
            companions = ["name", "description"]
        """,
        backend=Backend(
            document=Document(
                method="PATCH",
                writable=("name", "description", "greeting_style"),
                companions=("name", "description"),
            )
        ),
        broken=Broken(fault=Fault.UPDATE_HARMS, code=4, category="persist"),
    ),
    Shape(
        name="JSON Merge Patch",
        profile="""
            [document]
            update_method = "PATCH"
            update_format = "merge-patch"
        """,
        backend=Backend(document=Document(method="PATCH", takes="merge-patch")),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="JSON Patch",
        profile="""
            [document]
            update_method = "PATCH"
            update_format = "json-patch"
        """,
        backend=Backend(document=Document(method="PATCH", takes="json-patch")),
        broken=Broken(fault=Fault.UPDATE_REVERTED, code=4, category="persist"),
    ),
    Shape(
        name="JSON Patch inside an envelope, with a version",
        profile="""
            [document]
            root = "/data"
            update_root = "/data"
            update_method = "PATCH"
            update_format = "json-patch"
            version_member = "/version"
            companions = ["name"]
        """,
        backend=Backend(
            document=Document(
                root="/data",
                update_root="/data",
                method="PATCH",
                takes="json-patch",
                companions=("name",),
                guard=Guard.VERSION,
            )
        ),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="a form with other names",
        profile="""
            [document]
            update_method = "POST"
            update_format = "form"
            form_names = { "/branding/tagline" = "shop[tagline]", "/name" = "shop[name]" }
            companions = ["name"]
            probe = "/branding/tagline"
        """,
        backend=Backend(
            document=Document(
                method="POST",
                takes="form",
                values={**SETTINGS, "branding": {"tagline": "Always on, ma'am & sir", "no": None}},
                form_names={"/branding/tagline": "shop[tagline]", "/name": "shop[name]"},
                companions=("name",),
            )
        ),
        broken=Broken(fault=Fault.UPDATE_REFUSED, code=3, category="save"),
    ),
    Shape(
        name="POST that answers 201",
        profile="""
            [document]
            update_method = "POST"
            update_statuses = [201]
        """,
        backend=Backend(document=Document(method="POST", status=201)),
        broken=Broken(fault=Fault.READ_IS_NULL, code=5, category="invalid"),
    ),
    Shape(
        name="202, applied a little later",
        profile="""
            [document]
            update_statuses = [202]
        """,
        backend=Backend(document=Document(status=202, echoes=False, applied_after_s=0.2)),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="202 with the page of an operation",
        profile="""
            [document]
            update_statuses = [202]
        """,
        backend=Backend(
            document=Document(
                status=202, echoes=False, applied_after_s=0.4, operation="/operations/1"
            )
        ),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="PATCH that answers 204",
        profile="""
            [document]
            update_method = "PATCH"
            update_statuses = [204]
        """,
        backend=Backend(document=Document(method="PATCH", status=204)),
        broken=Broken(fault=Fault.UPDATE_REPLACES, code=4, category="persist"),
    ),
    Shape(
        name="a strong ETag is required",
        profile="",
        backend=Backend(document=Document(guard=Guard.STRONG_ETAG)),
        broken=Broken(fault=Fault.ONE_UPDATE_ONLY, code=4, category="persist"),
    ),
    Shape(
        name="a weak ETag is required",
        profile="""
            [document]
            if_match = "any"
        """,
        backend=Backend(document=Document(guard=Guard.WEAK_ETAG)),
        broken=Broken(fault=Fault.UPDATE_HARMS, code=4, category="persist"),
    ),
    Shape(
        name="the version has to be sent back",
        profile="""
            [document]
            version_member = "/version"
        """,
        backend=Backend(document=Document(guard=Guard.VERSION)),
        broken=Broken(fault=Fault.UPDATE_REVERTED, code=4, category="persist"),
    ),
    Shape(
        name="Idempotency-Key is required",
        profile="""
            [document]
            idempotency_header = "Idempotency-Key"
        """,
        backend=Backend(document=Document(guard=Guard.IDEMPOTENCY)),
        broken=Broken(fault=Fault.UPDATE_CUTS, code=4, category="persist"),
    ),
    Shape(
        name="a CSRF header from a cookie",
        profile="""
            [document]
            csrf_header = "X-CSRF-Token"
            csrf_from_cookie = "csrftoken"
        """,
        backend=Backend(document=Document(guard=Guard.CSRF_COOKIE)),
        broken=Broken(fault=Fault.UPDATE_REFUSED, code=3, category="save"),
    ),
    Shape(
        name="a CSRF header from a header of the last read",
        profile="""
            [document]
            csrf_header = "X-CSRF-Token"
            csrf_from_header = "X-CSRF-Token"
        """,
        backend=Backend(document=Document(guard=Guard.CSRF_HEADER)),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
    Shape(
        name="a CSRF header from beside the document",
        profile="""
            [document]
            root = "/data"
            csrf_header = "X-CSRF-Token"
            csrf_from_pointer = "/meta/csrf"
        """,
        backend=Backend(document=Document(root="/data", guard=Guard.CSRF_MEMBER)),
        broken=Broken(fault=Fault.UPDATE_CUTS, code=4, category="persist"),
    ),
    Shape(
        name="null is refused",
        profile="""
            [document]
            probe = ["/motto", "/slogan"]
        """,
        backend=Backend(
            document=Document(
                values={**SETTINGS, "motto": None, "slogan": "Always on"},
                writable=("motto", "slogan"),
                refuses_null=True,
            )
        ),
        broken=Broken(fault=Fault.NO_TEXT, code=5, category="usage"),
    ),
    Shape(
        name="a nested probe",
        profile="""
            [document]
            probe = "/branding/tagline"
        """,
        backend=Backend(
            document=Document(
                values={**SETTINGS, "branding": {"color": "#123456", "tagline": "Always on"}},
                writable=("branding",),
            )
        ),
        broken=Broken(fault=Fault.UPDATE_REVERTED, code=4, category="persist"),
    ),
    Shape(
        name="a probe that is absent at first",
        profile="""
            [document]
            update_method = "PATCH"
            update_format = "merge-patch"
            probe = "/motto"
            probe_may_be_absent = true
        """,
        backend=Backend(document=Document(method="PATCH", takes="merge-patch")),
        broken=Broken(fault=Fault.UPDATE_DROPPED, code=4, category="persist"),
    ),
)

HEALTH = (
    Shape(
        name="a health page with several conditions",
        profile="""
            [readiness]
            healthy = { "/db" = "connected", "/checks/redis" = ["up", "ok"] }
        """,
        backend=Backend(
            health=Health(
                body={
                    "status": "ok",
                    "db": "{health}",
                    "checks": {"redis": "ok"},
                    "version": "{version}",
                },
                words=("connected", "disconnected"),
            )
        ),
        broken=Broken(fault=Fault.DEPENDENCY_DEAD, code=5, category="unready"),
    ),
    Shape(
        name="a health page that is a bare true",
        profile="""
            [readiness]
            path = "/alive"
            status_pointer = ""
            healthy_status = ["true"]
        """,
        backend=Backend(health=Health(path="/alive", body="{health}", words=(True, False))),
        broken=Broken(fault=Fault.DEPENDENCY_DEAD, code=5, category="unready"),
    ),
    Shape(
        name="a health page that is the text OK",
        profile="""
            [readiness]
            path = "/healthz"
            status_pointer = ""
        """,
        backend=Backend(health=Health(path="/healthz", body="{health}", words=("OK", "DEGRADED"))),
        broken=Broken(fault=Fault.DEPENDENCY_DEAD, code=5, category="unready"),
    ),
    Shape(
        name="a health page with nothing but its status",
        profile="""
            [readiness]
            healthy_status = []
        """,
        backend=Backend(health=Health(body="welcome")),
        broken=Broken(fault=Fault.HEALTH_FAILS, code=5, category="unready"),
    ),
    Shape(
        name="the version in a header",
        profile="""
            [readiness]
            version_header = "X-Version"
        """,
        backend=Backend(health=Health(body={"status": "up"}, version_header="X-Version")),
        broken=Broken(fault=Fault.OTHER_VERSION, code=5, category="version"),
        arguments=("--target-version=1.4.2",),
    ),
    Shape(
        name="the version on another page, without its v",
        profile="""
            [readiness]
            version_path = "/about"
            version_pointer = "/build/version"
        """,
        backend=Backend(health=Health(body={"status": "up"}, version_path="/about")),
        broken=Broken(fault=Fault.OTHER_VERSION, code=5, category="version"),
        arguments=("--target-version=v1.4.2",),
    ),
    Shape(
        name="the version on a page that needs the login",
        profile="""
            [readiness]
            version_path = "/about"
            version_pointer = "/build/version"
            version_needs_login = true
        """,
        backend=Backend(
            health=Health(body={"status": "up"}, version_path="/about", version_is_guarded=True)
        ),
        broken=Broken(fault=Fault.OTHER_VERSION, code=5, category="version"),
        arguments=("--target-version=1.4.2",),
    ),
    Shape(
        name="the short form of a commit",
        profile="""
            [readiness]
            version_pointer = "/commit"
        """,
        backend=Backend(
            health=Health(body={"status": "ok", "commit": "{version}"}, version=_COMMIT[:7])
        ),
        broken=Broken(fault=Fault.OTHER_VERSION, code=5, category="version"),
        arguments=(f"--target-version={_COMMIT}",),
    ),
)

FURTHER = (
    Shape(
        name="a tenant in a header of every request",
        profile="""
            [headers]
            X-Tenant = "${SHAPES_TENANT}"
        """,
        backend=Backend(access=Access(everywhere={"X-Tenant": "acme-7"})),
        broken=Broken(fault=Fault.READ_FAILS, code=2, category="fetch"),
        environ={"SHAPES_TENANT": "acme-7"},
    ),
    Shape(
        name="neither calendar nor phone",
        profile="""
            [apis]
            calendar.enabled = false
            twilio.enabled = false
        """,
        backend=Backend(
            document=Document(values={"id": 7, "name": "Plain", "greeting_style": "Warm"}),
            calendar=Calendar(path=""),
        ),
        broken=Broken(fault=Fault.UPDATE_FAILS, code=3, category="save"),
    ),
    Shape(
        name="the phone number in a list",
        profile="""
            [twilio]
            number_field = "/phones/0/number"
            enabled_field = "/features/answering"
        """,
        backend=Backend(
            document=Document(
                values={
                    **PLAIN,
                    "greeting_style": "Warm",
                    "business_hours": "9-17",
                    "phones": [{"number": "+14155550123", "kind": "main"}],
                    "features": {"answering": True},
                }
            )
        ),
        broken=Broken(fault=Fault.PHONE_IS_MALFORMED, code=3, category="phone"),
    ),
    Shape(
        name="another OAuth provider",
        profile="""
            [calendar]
            start_path = "/oauth/outlook"
            account_parameter = "account"
            authorize_host = "login.microsoftonline.com"
        """,
        backend=Backend(
            calendar=Calendar(
                path="/oauth/outlook", account="account", host="login.microsoftonline.com"
            )
        ),
        broken=Broken(fault=Fault.OTHER_PROVIDER, code=3, category="oauth"),
    ),
    Shape(
        name="a calendar that is not required",
        profile="""
            [apis]
            calendar.required = false
        """,
        backend=Backend(),
        broken=Broken(fault=Fault.CALENDAR_FAILS, code=3, category="oauth"),
    ),
    Shape(
        name="a limit for the latency",
        profile="""
            [limits]
            latency_s = 1.2
        """,
        backend=Backend(),
        broken=Broken(fault=Fault.READ_IS_SLOW, code=2, category="fetch"),
    ),
)

SHAPES = (*LOGINS, *REFUSALS, *DOCUMENTS, *HEALTH, *FURTHER)
