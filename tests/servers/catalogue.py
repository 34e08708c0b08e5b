"""The real servers, each with how it is installed, seeded and asked."""

from __future__ import annotations

import base64
import json

from servers.server import ACCOUNT, PASSWORD, Ask, Server


def _bearer(ask: Ask, path: str, *, member: str = "access_token", **body: object) -> dict[str, str]:
    token = json.loads(ask("POST", path, **body).body)[member]
    return {"Authorization": f"Bearer {token}"}


def _basic() -> dict[str, str]:
    pair = base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


NODE_RED_LOGIN = {
    "client_id": "node-red-admin",
    "grant_type": "password",
    "scope": "*",
    "username": ACCOUNT,
    "password": PASSWORD,
}
JSON_LOGIN = {"username": ACCOUNT, "password": PASSWORD}


def _log_in_to_node_red(ask: Ask) -> dict[str, str]:
    return _bearer(ask, "/auth/token", json=NODE_RED_LOGIN)


def _seed_node_red(ask: Ask) -> None:
    document = {"about": "Family dentistry", "editor": {"view": {"view-grid-size": 20}}}
    ask("POST", "/settings/user", json=document, headers=_log_in_to_node_red(ask))


def _seed_kinto(ask: Ask) -> None:
    ask("PUT", f"/v1/accounts/{ACCOUNT}", json={"data": {"password": PASSWORD}})
    collection = "/v1/buckets/smoke/collections/settings"
    for path in ("/v1/buckets/smoke", collection):
        ask("PUT", path, json={"data": {}}, headers=_basic())
    record = {"name": "Harbor Dental", "about": "Family dentistry", "hours": {"mon": "9-5"}}
    ask("PUT", f"{collection}/records/main", json={"data": record}, headers=_basic())


def _token() -> dict[str, str]:
    return {"Authorization": f"token {PASSWORD}"}


def _seed_jupyter(ask: Ask) -> None:
    document = {"about": "Family dentistry", "theme": {"dark": True}}
    ask("PUT", "/api/config/smoke", json=document, headers=_token())


def _seed_mlflow(ask: Ask) -> None:
    model = {"name": "smoke", "description": "Family dentistry"}
    ask("POST", "/api/2.0/mlflow/registered-models/create", json=model, headers=_basic())


CATALOGUE = (
    Server(
        name="fastapi_users",
        title="FastAPI Users",
        package="fastapi-users",
        requirements=("fastapi-users[sqlalchemy]", "aiosqlite", "uvicorn"),
        ecosystem="pypi",
        files=("app.py",),
        command=("{bin}/uvicorn", "app:app", "--port", "{port}", "--log-level", "warning"),
        ready_path="/openapi.json",
        document_path="/users/me",
        update=("PATCH", "/users/me"),
        log_in=lambda ask: _bearer(ask, "/auth/jwt/login", form=JSON_LOGIN),
    ),
    Server(
        name="kinto",
        title="Kinto",
        package="kinto",
        # pkg_resources, which it imports, is gone from later ones.
        requirements=("kinto", "setuptools<80"),
        ecosystem="pypi",
        files=("kinto.ini",),
        command=("{bin}/kinto", "start", "--ini", "kinto.ini", "--port", "{port}"),
        ready_path="/v1/__heartbeat__",
        seed=_seed_kinto,
        document_path="/v1/buckets/smoke/collections/settings/records/main",
        update=("PATCH", "/v1/buckets/smoke/collections/settings/records/main"),
        changing=("last_modified",),
        tells_version=True,
        log_in=lambda ask: _basic(),
    ),
    Server(
        name="node_red",
        title="Node-RED",
        package="node-red",
        requirements=("node-red", "bcryptjs"),
        ecosystem="npm",
        files=("settings.js",),
        command=("{bin}/node-red", "--settings", "settings.js"),
        ready_path="/auth/login",
        seed=_seed_node_red,
        document_path="/settings/user",
        update=("POST", "/settings/user"),
        dropped_status=204,
        log_in=_log_in_to_node_red,
    ),
    Server(
        name="drf",
        title="Django REST framework, Simple JWT",
        package="djangorestframework",
        requirements=("djangorestframework", "djangorestframework-simplejwt"),
        ecosystem="pypi",
        files=("site_of_one_file.py",),
        command=("{bin}/python", "site_of_one_file.py"),
        ready_path="/healthz/",
        document_path="/api/account/",
        update=("PATCH", "/api/account/"),
        log_in=lambda ask: _bearer(ask, "/api/token/", member="access", json=JSON_LOGIN),
    ),
    Server(
        name="jupyter_server",
        title="Jupyter Server",
        package="jupyter_server",
        requirements=("jupyter_server",),
        ecosystem="pypi",
        command=(
            *("{bin}/jupyter-server", "--no-browser", "--allow-root", "--port={port}"),
            *("--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={PASSWORD}"),
        ),
        # What it would otherwise read from, and write to, the home of whoever runs this.
        environment={"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"},
        ready_path="/api",
        tells_version=True,
        seed=_seed_jupyter,
        document_path="/api/config/smoke",
        update=("PATCH", "/api/config/smoke"),
        token=True,
        log_in=lambda ask: _token(),
    ),
    Server(
        name="mlflow",
        title="MLflow",
        package="mlflow",
        requirements=("mlflow[auth]", "setuptools<80"),
        ecosystem="pypi",
        files=("basic_auth.ini",),
        command=(
            *("{bin}/mlflow", "server", "--app-name", "basic-auth", "--workers", "1"),
            *("--backend-store-uri", "sqlite:///mlflow.db"),
            *("--host", "127.0.0.1", "--port", "{port}"),
        ),
        environment={
            "MLFLOW_AUTH_CONFIG_PATH": "basic_auth.ini",
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "a secret of this server alone",
        },
        ready_path="/health",
        seed=_seed_mlflow,
        document_path="/api/2.0/mlflow/registered-models/get?name=smoke",
        update=("PATCH", "/api/2.0/mlflow/registered-models/update"),
        changing=("last_updated_timestamp",),
        # It hashes the password for each request: a dropped update is told after 30 to 80 s on a
        # busy machine, or, with the 60 s of a smoke run, is inconclusive.
        arguments=("--smoke-budget=180",),
        log_in=lambda ask: _basic(),
    ),
)
