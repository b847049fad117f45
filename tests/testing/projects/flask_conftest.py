import pytest
import shop

from cookielab.testing import Subject

BUGGY = shop.make(by_address=True)
MENDED = shop.make(by_address=False)
HOW = {
    "users": {name: {"password": password} for name, password in shop.PASSWORDS.items()},
    "login": "/login",
    "me": {"get": "/", "css": "#me"},
    "note": {"write": {"post": "/note", "fields": {"note": "{canary}"}}, "read": {"get": "/note"}},
    "logout": {"post": "/logout"},
}


@pytest.fixture(scope="session")
def buggy():
    return Subject.wsgi(BUGGY, **HOW)


@pytest.fixture(scope="session")
def mended():
    return Subject.wsgi(MENDED, **HOW)


@pytest.fixture(scope="session")
def cookielab_subject(mended):
    return mended
