import api
import pytest

from cookielab.testing import Subject

HOW = {
    "users": {name: {"password": password} for name, password in api.PASSWORDS.items()},
    "login": {"json": {"post": "/login", "body": {"user": "{username}", "password": "{password}"}}},
    "me": {"get": "/me", "json": "user"},
    "logout": {"post": "/logout"},
}
BUGGY = Subject.asgi(api.make(by_address=True), **HOW)
MENDED = Subject.asgi(api.make(by_address=False), **HOW)


@pytest.fixture(scope="session")
def cookielab_subject():
    return MENDED
