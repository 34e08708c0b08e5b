"""Django REST framework with Simple JWT in one file: an account may read and change itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret of this site alone, of fifty characters or more",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path.cwd() / "site.db",
            "OPTIONS": {"timeout": 20},
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework_simplejwt.authentication.JWTAuthentication"
        ],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.serializers import ModelSerializer
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


class AccountSerializer(ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "username", "email", "first_name", "last_name", "date_joined")
        read_only_fields = ("id", "date_joined")


class Account(RetrieveUpdateAPIView):
    serializer_class = AccountSerializer

    def get_object(self) -> User:
        return self.request.user


urlpatterns = [
    path("healthz/", lambda request: HttpResponse("OK", content_type="text/plain")),
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/account/", Account.as_view()),
]

if __name__ == "__main__":
    execute_from_command_line(["site", "migrate", "--verbosity=0"])
    if not User.objects.exists():
        User.objects.create_user(
            os.environ["ACCOUNT"], "smoke@example.com", os.environ["PASSWORD"], last_name="Smoke"
        )
    address = f"127.0.0.1:{os.environ['PORT']}"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", address])
