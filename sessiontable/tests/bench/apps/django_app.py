"""The app on Django, in one file; of its middleware only that of sessions."""

from itertools import count
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

COUNT = count(1)
TEXT = "text/plain; charset=utf-8"
ENGINES = {"cache": "cache", "db": "db", "signed": "signed_cookies"}
DATABASE = {
    "ENGINE": "django.db.backends.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", "transaction_mode": "IMMEDIATE"},
}
"""Faster than Django's own defaults: the journal that our SQLite store uses, and connections that stay open."""


def build(variant: str, place: Path) -> Any:
    """The app of this variant; `place` is a folder of its own."""
    bare = variant == "bare"
    settings.configure(
        SECRET_KEY="bench" * 10,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={"default": {**DATABASE, "NAME": str(place / "django.db")}} if variant == "db" else {},
        INSTALLED_APPS=[] if bare else ["django.contrib.sessions"],
        MIDDLEWARE=[] if bare else ["django.contrib.sessions.middleware.SessionMiddleware"],
        SESSION_ENGINE=f"django.contrib.sessions.backends.{ENGINES.get(variant, 'cache')}",
    )
    django.setup()
    if variant == "db":
        call_command("migrate", verbosity=0)
    read, write = (_read_bare, _write_bare) if bare else (_read, _write)
    urlpatterns.extend([path("read", read), path("write", write), path("login", _login), path("last", _last)])
    return get_wsgi_application()


urlpatterns: list[Any] = []


def _read_bare(_: Any) -> Any:
    return HttpResponse("alice", content_type=TEXT)


def _write_bare(_: Any) -> Any:
    next(COUNT)
    return HttpResponse("written", content_type=TEXT)


def _login(request: Any) -> Any:
    request.session["name"] = "alice"
    return HttpResponse("in", content_type=TEXT)


def _read(request: Any) -> Any:
    return HttpResponse(request.session["name"], content_type=TEXT)


def _write(request: Any) -> Any:
    request.session["count"] = next(COUNT)
    return HttpResponse("written", content_type=TEXT)


def _last(request: Any) -> Any:
    return HttpResponse(str(request.session["count"]), content_type=TEXT)
