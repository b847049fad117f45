"""Django's own apps and tools on the table: the admin, messages, passwords, the test client, views that await."""

import asyncio
from typing import Any

import django
import pytest
from django.contrib import messages
from django.core.management import call_command
from django.db import connections
from django.test import AsyncClient, Client, override_settings

from . import project
from .visits import NAME, cookie, enter, me, play, put


def test_the_admin(client: Any) -> None:
    """1. its login page 2. its index 3. something added, with a message 4. its logout."""
    assert client.get("/admin/").status_code == 302
    reply = client.post("/admin/login/?next=/admin/", {"username": "alice", "password": "pw"})
    assert (reply.status_code, reply["Location"]) == (302, "/admin/")
    assert b"Site administration" in client.get("/admin/").content
    reply = client.post("/admin/auth/group/add/", {"name": "staff"}, follow=True)
    assert b"was added successfully" in reply.content
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


def test_messages(client: Any) -> None:
    client.get(play(lambda request: messages.info(request, "one"), lambda request: messages.error(request, "two")))
    assert [client.get("/told").content for _ in range(2)] == [b"one, two", b""]


def test_a_change_of_password_ends_the_others(client: Any) -> None:
    """By Django's own hash of it; this session goes on under a new id."""
    from django.contrib.auth.models import User

    User.objects.create_user("carol", password="pw")
    other = Client()
    for each in (client, other):
        each.get(play(enter("carol")))
    before = cookie(client)
    form = {"old_password": "pw", "new_password1": "x7Q!pluto", "new_password2": "x7Q!pluto"}
    assert client.post("/password/", form).status_code == 302
    assert cookie(client) != before
    assert [me(each)["user"] for each in (client, other)] == ["carol", ""]


def test_the_test_client(client: Any) -> None:
    """Its session can be changed, and force_login logs in."""
    session = client.session
    session["cart"] = [1]
    session.save()
    assert me(client) == {"user": "", "cart": [1]}
    from django.contrib.auth.models import User

    client.force_login(User.objects.get(username="bob"))
    assert me(client) == {"user": "bob", "cart": [1]}
    client.logout()
    assert me(client) == {"user": ""}
    assert client.login(username="alice", password="pw")
    assert me(client) == {"user": "alice"}


@pytest.mark.skipif(django.VERSION < (5, 1), reason="Django's sessions have calls to be awaited since 5.1")
def test_asynchronous_views() -> None:
    async def story() -> list[Any]:
        client = AsyncClient()
        key = (await client.get("/async/login")).content.decode()
        first = (await client.get("/me")).json()
        same = key == client.cookies[NAME].value
        await client.get("/async/logout")
        return [same, first, (await client.get("/me")).json()]

    assert asyncio.run(story()) == [True, {"user": "alice", "note": "async"}, {"user": ""}]
    connections.close_all()


def test_with_django_s_own_middleware(client: Any) -> None:
    """The engine alone does for most."""
    with override_settings(MIDDLEWARE=[project.THEIRS, *project.MIDDLEWARE[1:]]):
        client = Client()
        client.get(put(theme="dark"))
        client.get(play(enter()))
        assert me(client) == {"user": "alice", "theme": "dark"}


def test_keys_that_exist(client: Any) -> None:
    from sessiontable.django import SessionStore

    client.get(put(x=1))
    assert [SessionStore().exists(key) for key in (cookie(client), "A" * 43, "short", None)] == [
        True,
        False,
        False,
        False,
    ]
    SessionStore(cookie(client)).delete()
    assert not SessionStore().exists(cookie(client))
    begun = SessionStore()
    begun.create()
    assert (begun.exists(begun.session_key), begun.is_empty()) == (True, False)


def test_clearsessions() -> None:
    call_command("clearsessions")
