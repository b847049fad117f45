"""What visitors of the project do, and what they see."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import authenticate, login
from django.test import Client

from . import project

NAME = "sessionid"


def pk(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name).pk


def play(*steps: Callable[[Any], object]) -> str:
    """A page that does this; its path."""
    project.STEPS.append(steps)
    return f"/page/{len(project.STEPS) - 1}"


def put(**values: Any) -> str:
    return play(lambda request: request.session.update(values))


def enter(name: str = "alice") -> Callable[[Any], None]:
    return lambda request: login(request, authenticate(request, username=name, password="pw"))


def cookie(client: Any) -> str | None:
    return client.cookies[NAME].value or None if NAME in client.cookies else None


def me(client: Any) -> Any:
    return client.get("/me").json()


def with_cookie(value: str | None) -> Any:
    client = Client(raise_request_exception=False)
    client.cookies[NAME] = value or ""
    return client
