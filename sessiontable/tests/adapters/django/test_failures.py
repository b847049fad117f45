"""What Django does beside the middleware: errors of others, streams, replies that are given twice, cookies that end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings

from ..conftest import Failing
from . import project as site
from .visits import NAME, enter, me, play, put


class AsksFirst:
    """A middleware within: what it raises Django makes a 500 page before any other one hears of it."""

    def __init__(self, inner: Callable[[Any], Any]) -> None:
        self._inner = inner

    def __call__(self, request: Any) -> Any:
        request.session.get("theme")
        return self._inner(request)


@pytest.mark.parametrize(("pages", "status"), [([], 503), (["We are sorry."], 500)])
def test_a_middleware_that_asks(
    client: Any, store: Failing, pages: list[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "ERROR_PAGES", pages)
    with override_settings(MIDDLEWARE=[site.OURS, f"{__name__}.AsksFirst"]):
        client.get(put(theme="dark"))
        store.down = True
        assert client.get("/health").status_code == status


@pytest.mark.parametrize("middleware", [site.OURS, site.THEIRS])
def test_a_view_that_fails_after_the_login(client: Any, middleware: str) -> None:
    """With the engine alone, too: Django's error page carries no cookie."""

    def fails(request: Any) -> None:
        raise ZeroDivisionError

    with override_settings(MIDDLEWARE=[middleware, *site.MIDDLEWARE[1:]]):
        client.get(put(theme="dark"))
        assert client.get(play(enter(), fails)).status_code == 500
        assert me(client) == {"user": "", "theme": "dark"}


def test_the_store_goes_down_after_the_login(client: Any, store: Failing) -> None:
    def late(request: Any) -> None:
        request.session["a"] = 1
        store.down = True

    client.get(put(theme="dark"))
    assert client.get(play(enter(), late)).status_code == 503
    store.down = False
    assert me(client) == {"user": "", "theme": "dark"}


def _stream(body: Callable[[Any], Iterator[bytes]]) -> str:
    return play(lambda request: StreamingHttpResponse(body(request)))


def test_what_a_stream_changes_is_stored(client: Any) -> None:
    def body(request: Any) -> Iterator[bytes]:
        yield b"a"
        request.session["basket"].append("milk")
        request.session["late"] = True
        yield b"b"

    client.get(put(basket=["tea"]))
    assert b"".join(client.get(_stream(body)).streaming_content) == b"ab"
    assert me(client) == {"user": "", "basket": ["tea", "milk"], "late": True}


def test_a_stream_that_needs_a_cookie_is_an_error(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A login is refused on the spot, and the first value of a new session is not lost in silence."""

    def login(request: Any) -> Iterator[bytes]:
        enter()(request)
        yield b"in"

    def first(request: Any) -> Iterator[bytes]:
        request.session["late"] = True
        yield b"done"

    client.get(put(theme="dark"))
    with pytest.raises(Exception, match="too late to send it"):
        list(client.get(_stream(login)).streaming_content)
    assert me(client) == {"user": "", "theme": "dark"}
    list(Client().get(_stream(first)).streaming_content)
    assert "what a streamed reply has set in its session is lost: a new session cookie is needed" in caplog.text


def test_one_reply_for_everybody_carries_nobody_s_cookie(client: Any) -> None:
    """As where a view keeps it: the next visitor would be the first one."""
    same = HttpResponse("hello")
    page = play(lambda request: request.session.update(request.GET.items()), lambda request: same)
    assert NAME in client.get(page, {"a": 1}).cookies
    assert NAME not in Client().get(page).cookies


@pytest.mark.parametrize("middleware", [site.OURS, site.THEIRS])
def test_the_cookie_lives_as_long_as_the_session(store: Failing, middleware: str) -> None:
    """Mere reading moves the idle end, and so the end of the cookie; with a cookie that ends with the browser, nothing."""
    from sessiontable.django import table

    options = {"store": store, "idle_timeout": 3600, "absolute_timeout": 86_400}
    with override_settings(
        MIDDLEWARE=[middleware, *site.MIDDLEWARE[1:]], SESSIONTABLE=options, SESSION_COOKIE_AGE=3600
    ):
        now = [1e9]
        table().clock = lambda: now[0]
        client = Client()
        client.get(play(enter()))
        for seconds, renewed in ((600, True), (10, False), (3000, True), (3000, True), (59, False)):
            now[0] += seconds
            reply = client.get("/me")
            assert (reply.json()["user"], NAME in reply.cookies) == ("alice", renewed)
        with override_settings(SESSION_EXPIRE_AT_BROWSER_CLOSE=True):
            now[0] += 3000
            assert not client.get("/me").cookies
