"""Django with its own sessions and its own users, in a database that is made at the start. A login answers with 302."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from .page import LOGIN, PASSWORDS, front


class Shop:
    """The app. Its methods are what the planted bugs spoil, one each."""

    MIDDLEWARE = (
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    )
    SETTINGS: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        database = Path(tempfile.mkdtemp()) / "shop.sqlite3"
        settings.configure(
            SECRET_KEY="of a test", ALLOWED_HOSTS=["*"], ROOT_URLCONF=self, MIDDLEWARE=list(self.MIDDLEWARE),
            INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database), "OPTIONS": {
                "timeout": 20, "transaction_mode": "IMMEDIATE"}}},
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], USE_TZ=True, **self.SETTINGS,
        )  # fmt: skip
        django.setup()
        call_command("migrate", verbosity=0)
        from django.contrib.auth.models import User

        for name, password in PASSWORDS.items():
            User.objects.create_user(name, password=password)
        self.notes: dict[str, str] = {}
        self.urlpatterns = [
            path("", self.home), path("login", self.login), path("note", self.write), path("logout", self.logout),
            path("password", self.password),
        ]  # fmt: skip
        self.app = get_wsgi_application()

    # who somebody is

    def who(self, request: HttpRequest) -> str | None:
        return request.user.get_username() if request.user.is_authenticated else None

    def right(self, request: HttpRequest, user: str, password: str) -> Any:
        from django.contrib.auth import authenticate

        return authenticate(request, username=user, password=password)

    def enter(self, request: HttpRequest, user: Any, response: HttpResponse) -> None:
        from django.contrib.auth import login

        login(request, user)

    def leave(self, request: HttpRequest, response: HttpResponse) -> None:
        from django.contrib.auth import logout

        logout(request)

    def changed(self, request: HttpRequest) -> None:
        """The password is another one: Django ends all other sessions by itself, for their hash does not fit any more."""
        from django.contrib.auth import update_session_auth_hash

        update_session_auth_hash(request, request.user)

    # what belongs to them

    def note_of(self, request: HttpRequest, user: str) -> str:
        return self.notes.get(user, "")

    def keep(self, request: HttpRequest, user: str, note: str) -> None:
        self.notes[user] = note

    # the pages

    def home(self, request: HttpRequest) -> HttpResponse:
        user = self.who(request)
        response = HttpResponse(front(user, self.note_of(request, user) if user else ""))
        response["Cache-Control"] = "no-store"
        return response

    def login(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return HttpResponse(LOGIN)
        user = self.right(request, request.POST["user"], request.POST["password"])
        if user is None:
            return HttpResponse(LOGIN, status=401)
        response = redirect("/")
        self.enter(request, user, response)
        return response

    def write(self, request: HttpRequest) -> HttpResponse:
        user = self.who(request)
        if user is None:
            return HttpResponse("log in first", status=401)
        self.keep(request, user, request.POST["note"])
        return redirect("/")

    def logout(self, request: HttpRequest) -> HttpResponse:
        response = redirect("/")
        self.leave(request, response)
        return response

    def password(self, request: HttpRequest) -> HttpResponse:
        if self.who(request) is None:
            return HttpResponse("log in first", status=401)
        request.user.set_password(request.POST["new"])
        request.user.save()
        self.changed(request)
        return HttpResponse("changed")


class Cached(Shop):
    """Sessions in a cache of the process."""

    SETTINGS: ClassVar = {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}
