"""Django's own apps on the table: auth, the admin, messages, the test client."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, signals
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from hypothesis import given

from sessiontable import Cookie, SessionError, SessionTable

from . import django_site as site
from .conftest import Failing
from .dictlike import REQUESTS
from .test_same_bytes import LINES

NAME = "sessionid"


@pytest.fixture(scope="module", autouse=True)
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    if not settings.configured:
        site.configure(tmp_path_factory.mktemp("django"))
        from django.contrib.auth.models import User

        for name in ("alice", "bob"):
            User.objects.create_superuser(name, password="pw")
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def store() -> Iterator[Failing]:
    store = Failing()
    with override_settings(SESSIONTABLE={"store": store}):
        yield store


@pytest.fixture
def client() -> Any:
    return Client(raise_request_exception=False)


def pk(name: str) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(username=name).pk


def play(*steps: Callable[[Any], object]) -> str:
    """A page that does this; its path."""
    site.STEPS.append(steps)
    return f"/page/{len(site.STEPS) - 1}"


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


def test_login_gives_a_new_id_in_one_step(client: Any) -> None:
    """What is there comes along; whoever is told of the login sees the id that counts; the old one is dead."""
    from sessiontable.django import sessions_of

    seen: list[str] = []

    def told(sender: Any, request: Any, **_: Any) -> None:
        seen.append(request.session.session_key)

    client.get(put(theme="dark"))
    before = cookie(client)
    signals.user_logged_in.connect(told)
    try:
        client.get(play(enter()))
    finally:
        signals.user_logged_in.disconnect(told)
    assert seen == [cookie(client)]
    assert cookie(client) != before
    assert me(client) == {"user": "alice", "theme": "dark"}
    assert me(with_cookie(before)) == {"user": ""}
    (listed,) = sessions_of(pk("alice"))
    assert listed.read("theme") == "dark"


def test_logout_is_for_good(client: Any) -> None:
    client.get(play(enter()))
    copy = cookie(client)
    client.get(play(logout))
    assert (cookie(client), me(with_cookie(copy))) == (None, {"user": ""})


def test_another_user_gets_nothing_of_the_first_one_s(client: Any) -> None:
    client.get(play(enter()))
    client.get(put(secret="of alice"))
    client.get(play(enter("bob")))
    assert me(client) == {"user": "bob"}


def test_two_requests_at_once_lose_nothing(client: Any) -> None:
    client.get(put(a=1))
    inner = put(b=2)

    def outer(request: Any) -> None:
        assert request.session["a"] == 1
        with_cookie(cookie(client)).get(inner)
        request.session["c"] = 3
        del request.session["a"]

    client.get(play(outer))
    assert me(client) == {"user": "", "b": 2, "c": 3}


def test_update_with_a_change_is_one_step(client: Any, store: Failing) -> None:
    """It sees what another request has stored meanwhile, and leaves the rest alone."""
    seen: list[Any] = []
    add = play(lambda request: seen.append(request.session.update("n", lambda before: (before or 0) + 1)))
    client.get(add)

    def slow(request: Any) -> None:
        assert request.session["n"] == 1
        request.session["mine"] = True
        with_cookie(cookie(client)).get(add)
        with_cookie(cookie(client)).get(put(other=1))
        seen.append(request.session.update("n", lambda before: before + 10))

    client.get(play(slow))
    assert len(store) == 1
    assert (seen, me(client)) == ([1, 2, 12], {"user": "", "n": 12, "other": 1, "mine": True})

    def forgot(request: Any) -> None:
        request.session["list"] = [1]
        with pytest.raises(SessionError, match="returned None, which would remove the value"):
            request.session.update("list", lambda items: items.append(2))
        request.session.update("n", lambda _: None)

    assert client.get(play(forgot)).content == b"done"
    assert me(client) == {"user": "", "list": [1], "other": 1, "mine": True}


def _act(act: Callable[[Any], object], seen: list[object], request: Any) -> None:
    seen.append(repr(act(request.session)))


@given(REQUESTS)
@hypothesis.settings(deadline=None)
def test_it_is_as_a_dict_over_all_requests(requests: list[list[Callable[[Any], object]]]) -> None:
    client, model, seen = Client(), dict[str, Any](), list[object]()
    with override_settings(SESSIONTABLE={"store": "memory:"}):
        for acts in requests:
            seen.clear()
            client.get(play(*(partial(_act, act, seen) for act in acts)))
            assert seen == [repr(act(model)) for act in acts]
            assert me(client) == {"user": ""} | model


def test_nested_changes_are_noticed(client: Any) -> None:
    client.get(put(basket=[], other={"x": (1, 2)}))
    client.get(play(lambda request: request.session["basket"].append("milk")))
    assert me(client) == {"user": "", "basket": ["milk"], "other": {"x": [1, 2]}}


def test_whoever_has_logged_out_meanwhile_stays_out(client: Any) -> None:
    client.get(play(enter()))

    def slow(request: Any) -> None:
        assert request.user.is_authenticated
        with_cookie(cookie(client)).get(play(logout))
        request.session["x"] = 1

    path = play(slow)
    assert client.get(path).status_code == 409
    assert me(client) == {"user": ""}
    client.get(play(enter()))
    with override_settings(MIDDLEWARE=[site.THEIRS, *site.MIDDLEWARE[1:]]):  # as with its own engines
        assert Client(headers={"Cookie": f"{NAME}={cookie(client)}"}).get(path).status_code == 400


def test_a_login_sent_again_because_its_reply_was_lost(client: Any) -> None:
    """The old id leads to the new session once more; a page with the old id begins none of its own."""
    client.get(put(theme="dark"))
    before = cookie(client)
    client.get(play(enter()))
    again = with_cookie(before)
    assert again.get(put(x=1)).status_code == 409
    again = with_cookie(before)
    again.get(play(enter()))
    assert me(again) == {"user": "alice", "theme": "dark"}


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


def test_a_user_s_sessions(client: Any) -> None:
    from sessiontable.django import end_session, end_sessions, sessions_of

    others = [Client(), Client()]
    for each in (client, *others):
        each.get(play(enter()))
    seen: list[Any] = []
    client.get(play(lambda request: seen.extend(sessions_of(request.user, request))))
    assert sorted(each.current for each in seen) == [False, False, True]
    label = next(each.label for each in seen if not each.current)
    assert (end_session(pk("bob"), label), end_session(pk("alice"), label)) == (False, True)
    client.get(play(lambda request: seen.append(end_sessions(request.user, but=request))))
    assert seen[-1] == 1
    assert [me(each)["user"] for each in (client, *others)] == ["alice", "", ""]


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


def test_expiry(client: Any) -> None:
    """Seconds without use, a moment, the end of the browser, and the table's own again."""
    from sessiontable.django import sessions_of

    def left() -> float:
        (listed,) = sessions_of(pk("alice"))
        return listed.expires_at - listed.created_at

    client.get(play(enter(), lambda request: request.session.set_expiry(300)))
    assert client.cookies[NAME]["max-age"] == 300
    assert left() == pytest.approx(300, abs=3)
    client.get(play(lambda request: request.session.set_expiry(timedelta(days=60))))
    assert left() == pytest.approx(60 * 86400, abs=3)
    before = cookie(client)
    client.get(put(x=1))
    assert cookie(client) == before
    client.get(play(lambda request: request.session.set_expiry(0)))
    assert client.cookies[NAME]["max-age"] == ""
    assert left() == pytest.approx(settings.SESSION_COOKIE_AGE, abs=3)
    assert me(client)["user"] == "alice"


def test_clear_and_flush_log_out(client: Any) -> None:
    from sessiontable.django import sessions_of

    for leave in (lambda request: request.session.clear(), lambda request: request.session.flush()):
        client.get(play(enter()))
        client.get(play(leave))
        assert (me(client), sessions_of(pk("alice"))) == ({"user": ""}, [])


def test_a_page_that_does_not_ask_needs_no_store(client: Any, store: Failing) -> None:
    client.get(play(enter()))
    store.down = True
    reply = client.get("/health")
    assert (reply.status_code, "Vary" in reply, "Cache-Control" in reply) == (200, False, False)
    reply = client.get("/me")
    assert (reply.status_code, reply["Retry-After"], reply.cookies.keys()) == (503, "5", set())
    store.down = False
    assert me(client)["user"] == "alice"


def test_the_store_is_down_when_the_reply_is_ready(client: Any, store: Failing) -> None:
    client.get(put(a=1))

    def view(request: Any) -> None:
        request.session["a"] = 2
        store.down = True

    assert client.get(play(view)).status_code == 503
    store.down = False
    assert me(client)["a"] == 1


def test_with_django_s_own_middleware(client: Any) -> None:
    """The engine alone does for most."""
    with override_settings(MIDDLEWARE=[site.THEIRS, *site.MIDDLEWARE[1:]]):
        client = Client()
        client.get(put(theme="dark"))
        client.get(play(enter()))
        assert me(client) == {"user": "alice", "theme": "dark"}


def test_a_login_whose_page_fails_is_taken_back(client: Any) -> None:
    """Django sends no cookie with an error page."""
    client.get(put(theme="dark"))
    client.get(play(enter(), lambda request: HttpResponse(status=500)))
    assert me(client) == {"user": "", "theme": "dark"}


def test_replies_are_kept_out_of_caches(client: Any) -> None:
    reply = client.get("/me")
    assert (reply["Cache-Control"], reply["Vary"]) == ("no-store", "Cookie")
    mine = client.get(play(lambda r: r.session.get("x"), lambda _: HttpResponse(headers={"Cache-Control": "private"})))
    assert mine["Cache-Control"] == "private"


def test_a_planted_second_cookie(client: Any) -> None:
    """One that leads nowhere does not hide the other; of two that count none is believed."""
    other = Client()
    client.get(play(enter()))
    other.get(play(enter("bob")))
    lines = (f"{NAME}={cookie(client)}; {NAME}={'A' * 43}", f"{NAME}={cookie(client)}; {NAME}={cookie(other)}")
    assert [Client().get("/me", headers={"Cookie": line}).json()["user"] for line in lines] == ["alice", ""]


def test_the_same_bytes_mean_the_same_person(client: Any, store: Failing) -> None:
    """As in test_same_bytes.py."""
    other, wrong = Client(), {}
    client.get(play(enter()))
    other.get(play(enter("bob")))
    a, b, names = str(cookie(client)), str(cookie(other)), {str(pk("alice")): "alice", None: ""}
    table = SessionTable(store, cookie=Cookie(NAME, secure=False))
    for line in LINES:
        values = {b"a": f"sid={a}".encode(), b"av": a.encode(), b"b": f"sid={b}".encode()}
        sent = (line % values).replace(b"sid", NAME.encode()).decode("latin-1")
        if (said := Client(HTTP_COOKIE=sent).get("/me").json()["user"]) != names[table.open([sent]).user]:  # type: ignore[index]
            wrong[line] = said
    assert wrong == {}


def test_a_serializer_of_one_s_own(client: Any) -> None:
    """What another one has stored, and it cannot read, is left out."""
    values = {"pair": (1, 2), "bytes": b"\xff"}
    seen: list[Any] = []
    client.get(put(theme="dark"))
    with override_settings(SESSION_SERIALIZER=f"{site.__name__}.PickleSerializer"):
        client.get(put(**values))
        client.get(play(lambda request: seen.append(dict(request.session))))
    assert seen == [values]


def test_what_cannot_be_stored_is_an_error(client: Any) -> None:
    client.raise_request_exception = True
    with pytest.raises(SessionError, match="'x' is no JSON"):
        client.get(put(x=float("nan")))


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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (None, r"SESSIONTABLE is None: give it a store"),
        ({"store": "redsi://x"}, r"makes no table: store URL 'redsi://x' has no scheme that is known"),
        ({"store": "memory:", "idle": 3}, r"makes no table: .* unexpected keyword argument 'idle'"),
        ({"store": "memory:", "cookie": Cookie()}, r"has a cookie: Django's own settings make it"),
    ],
)
def test_settings_that_make_no_sense(client: Any, options: Any, told: str) -> None:
    client.raise_request_exception = True
    with override_settings(SESSIONTABLE=options), pytest.raises(ImproperlyConfigured, match=told):
        client.get("/me")


def test_limits_of_one_s_own() -> None:
    from sessiontable.django import table

    def limits(**options: int) -> tuple[int, int]:
        with override_settings(SESSIONTABLE={"store": "memory:", **options}):
            made: SessionTable = table()
            return made._idle, made._absolute

    age = settings.SESSION_COOKIE_AGE
    assert limits() == (age, age)
    assert limits(idle_timeout=60) == (60, age)
    assert limits(absolute_timeout=60) == (60, 60)
    assert limits(absolute_timeout=2 * age) == (age, 2 * age)
    assert limits(idle_timeout=2 * age) == (2 * age, 2 * age)
