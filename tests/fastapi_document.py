"""An OpenAPI document as FastAPI writes it."""

from __future__ import annotations

from typing import Any

#: As FastAPI writes it for OAuth2PasswordRequestForm, a token URL and a user's own document.
FASTAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/api/v1/password-recovery/{email}": {"post": {}},
        "/api/v1/reset-password/": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewPassword"}}
                    }
                }
            }
        },
        "/api/v1/login/access-token": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"$ref": "#/components/schemas/Body_login"}
                        }
                    }
                }
            }
        },
        "/api/v1/users/me": {
            "get": {},
            "patch": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/UserUpdateMe"}
                        }
                    }
                }
            },
            "delete": {},
        },
        "/api/v1/items/{id}": {"get": {}, "put": {}},
    },
    "components": {
        "schemas": {
            "Body_login": {
                "properties": {
                    "grant_type": {"anyOf": [{"type": "string", "pattern": "^password$"}]},
                    "username": {"type": "string"},
                    "password": {"type": "string", "format": "password"},
                    "scope": {"type": "string", "default": ""},
                },
                "required": ["username", "password"],
            },
            "NewPassword": {"properties": {"password": {"type": "string"}}},
            "UserUpdateMe": {
                "properties": {
                    "full_name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "email": {"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
                }
            },
        },
        "securitySchemes": {
            "OAuth2": {
                "type": "oauth2",
                "flows": {"password": {"scopes": {}, "tokenUrl": "/api/v1/login/access-token"}},
            }
        },
    },
}
