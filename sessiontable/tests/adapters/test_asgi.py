"""The ASGI middleware, spoken to as a server does: what it adds to a reply, and what it refuses."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
    SessionError,
    SessionGone,
    SessionTable,
    StoreUnavailable,
    User,
)
from sessiontable.asgi import App, Message, Receive, Send, SessionMiddleware

from .conftest import Failing, LogIn

type Lines = list[tuple[bytes, bytes]]

OK = {"type": "http.response.start", "status": 200}
END = {"type": "http.response.body", "body": b"done"}
APART = [(b"cache-control", b"no-store"), (b"vary", b"Cookie")]


def ask(app: App, *cookie_lines: bytes | str, **scope: Any) -> list[dict[str, Any]]:
    """All that the server got to send."""
    headers: Lines = [(b"host", b"www.shop.test")]
    headers += [(b"cookie", line if isinstance(line, bytes) else line.encode()) for line in cookie_lines]
    sent: list[dict[str, Any]] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    whole = {"type": "http", "method": "GET", "path": "/note/1", "headers": headers} | scope
    asyncio.run(app(whole, receive, send))  # type: ignore[arg-type]
    return sent


def page(work: Callable[[AsyncSession], Any] = lambda _: None, headers: Lines | None = None) -> App:
    """An app that does something with the session and then answers."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if (doing := work(scope["session"])) is not None and hasattr(doing, "__await__"):
            await doing
        await send(OK | ({} if headers is None else {"headers": headers}))
        await send(END)

    return app


def test_a_reply_for_which_nobody_asked_stays_as_it_is(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    own = [(b"cache-control", b"public, max-age=60")]
    start, end = ask(SessionMiddleware(page(headers=own), async_table), log_in("alice"))
    assert (start["headers"], end) == (own, END)


def test_a_reply_that_depends_on_the_session_says_so(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    """Also where the app gave no headers at all; its own Cache-Control is replaced however it is spelt."""
    alice = log_in("alice")
    for own, expected in (
        (None, APART),
        ([(b"x", b"y")], [(b"x", b"y"), *APART]),
        ([(b"Cache-Control", b"public"), (b"vary", b"Accept")], [(b"vary", b"Accept"), *APART]),
        ([(b"cache-control", b"private")], [(b"cache-control", b"private"), APART[1]]),
    ):
        start, _ = ask(SessionMiddleware(page(lambda session: session.user, own), async_table), alice)
        assert start["headers"] == expected


def test_the_cookie_is_set_where_the_reply_begins(async_table: AsyncSessionTable, table: SessionTable) -> None:
    start, _ = ask(SessionMiddleware(page(lambda session: session.rotate("alice")), async_table))
    (name, value), *rest = start["headers"]
    assert (name, rest) == (b"set-cookie", APART)
    assert table.open([value.decode().partition(";")[0]]).user == "alice"


def test_an_app_may_send_the_same_message_again(async_table: AsyncSessionTable) -> None:
    """Else everybody would get the cookie of whoever logged in first."""
    constant: dict[str, Any] = OK | {"headers": []}

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/login":
            await scope["session"].rotate("alice")
        await send(constant)
        await send(END)

    assert len(ask(SessionMiddleware(app, async_table), path="/login")[0]["headers"]) == 3
    assert ask(SessionMiddleware(app, async_table))[0]["headers"] == []


def test_all_cookie_lines_count(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    """Split, with octets that are no UTF-8 beside ours, with one of a neighbour, and with a planted one, which is removed at its likely places."""
    users: list[User | None] = []
    app = SessionMiddleware(page(lambda session: users.append(session.user)), async_table)
    alice = log_in("alice")
    ask(app, "theme=dark", alice)
    ask(app, b"bad=\xff\xfe; " + alice.encode())
    start, _ = ask(app, "sid=planted", alice, path="/ö", raw_path=b"/%C3%B6")
    assert users == ["alice"] * 3
    assert not [value for name, value in start["headers"] if name == b"set-cookie"]
    start, _ = ask(app, log_in("mallory"), alice, path="/ö", raw_path=b"/%C3%B6")
    assert users.pop() is None
    removed = [value for name, value in start["headers"] if name == b"set-cookie" and b"Max-Age=0" in value]
    assert [value for value in removed if b"Path=/%C3%B6;" in value and b"Domain=shop.test" in value]


def test_other_scopes_pass_through(async_table: AsyncSessionTable) -> None:
    scopes: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        scopes.append(scope)

    ask(SessionMiddleware(app, async_table), type="lifespan")
    assert "session" not in scopes[0]


def after(work: Callable[[AsyncSession], Any], before: Callable[[AsyncSession], Any] = lambda _: None) -> App:
    """An app that does something once the reply has begun."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        before(scope["session"])
        await send(OK)
        if hasattr(doing := work(scope["session"]), "__await__"):
            await doing
        await send(END)

    return app


@pytest.mark.parametrize(
    "work", [lambda session: session.rotate("bob"), lambda session: session.write("x", 1)], ids=["rotate", "write"]
)
def test_a_cookie_that_comes_too_late_is_an_error(
    store: Failing, async_table: AsyncSessionTable, work: Callable[[AsyncSession], Any]
) -> None:
    """Nothing is stored under an id that nobody would ever learn."""
    with pytest.raises(SessionError) as caught:
        ask(SessionMiddleware(after(work), async_table))
    assert str(caught.value) == (
        "a new session cookie is needed after the reply had begun, too late to send it: "
        "call rotate, or the first write, before"
    )
    assert len(store) == 0


def test_a_late_login_leaves_the_old_session_alone(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    alice = log_in("alice")
    with pytest.raises(SessionError, match="too late to send it"):
        ask(SessionMiddleware(after(lambda session: session.rotate("alice")), async_table), alice)
    users: list[User | None] = []
    ask(SessionMiddleware(page(lambda session: users.append(session.user)), async_table), alice)
    assert users == ["alice"]


def test_to_ask_first_when_the_reply_has_begun_is_an_error(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    """A cache might have begun to keep it."""
    with pytest.raises(SessionError) as caught:
        ask(SessionMiddleware(after(lambda session: session.user), async_table), log_in("alice"))
    assert str(caught.value) == (
        "the session was asked for after the reply had begun, too late for Cache-Control: no-store: "
        "ask before; session.user is enough"
    )


def test_what_needs_no_header_line_works_to_the_end(
    async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    """A value written while the body is sent, asking again, and a logout."""
    alice = log_in("alice")

    async def work(session: AsyncSession) -> None:
        await session.write("seen", session.user)

    ask(SessionMiddleware(after(work, lambda session: session.user), async_table), alice)
    assert table.open([alice]).read("seen") == "alice"
    ask(SessionMiddleware(after(lambda session: session.revoke()), async_table), alice)
    assert not table.open([alice]).known


def test_what_changes_within_a_list_while_the_body_is_sent_is_stored(
    async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    alice = log_in("alice")

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen = scope["session"].setdefault("seen", [])
        await send(OK)
        seen.append("a page")
        await send(END)
        seen.append("all of it")

    ask(SessionMiddleware(app, async_table), alice)
    assert table.open([alice]).read("seen") == ["a page", "all of it"]


def test_a_log_may_ask_when_all_is_out(async_table: AsyncSessionTable, log_in: LogIn) -> None:
    users: list[User | None] = []

    async def logging(scope: Message, receive: Receive, send: Send) -> None:
        await SessionMiddleware(page(), async_table)(scope, receive, send)
        users.append(scope["session"].user)

    start, _ = ask(logging, log_in("alice"))
    assert users == ["alice"]
    assert start["headers"] == []


def refused(sent: list[dict[str, Any]]) -> int:
    """The status of a refusal, which is a whole reply of its own."""
    start, body = sent
    headers = dict(start["headers"])
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert b"set-cookie" not in headers
    assert (b"retry-after" in headers) == (start["status"] == 503)
    assert body["type"] == "http.response.body"
    return int(start["status"])


def test_a_store_that_is_down_is_503(store: Failing, async_table: AsyncSessionTable, log_in: LogIn) -> None:
    """Whoever asks is told so; a page that asks nothing, and whoever has no cookie, need no store."""
    alice = log_in("alice")
    store.down = True
    asking = page(lambda session: session.user)
    assert refused(ask(SessionMiddleware(asking, async_table), alice)) == 503
    assert ask(SessionMiddleware(asking, async_table))[0]["status"] == 200
    assert ask(SessionMiddleware(page(), async_table), alice)[0] == OK | {"headers": []}


def ending(table: SessionTable, cookie: str) -> Callable[[AsyncSession], Any]:
    """Logs out elsewhere, then writes."""

    async def work(session: AsyncSession) -> None:
        assert session.known
        table.open([cookie]).revoke()
        await session.write("x", 1)

    return work


def failing(store: Failing) -> Callable[[AsyncSession], Any]:
    async def work(session: AsyncSession) -> None:
        store.down = True
        await session.write("x", 1)

    return work


def test_an_error_on_the_way_is_answered(
    store: Failing, async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    alice = log_in("alice")
    assert refused(ask(SessionMiddleware(page(ending(table, alice)), async_table), alice)) == 409
    bob = log_in("bob")
    assert refused(ask(SessionMiddleware(page(failing(store)), async_table), bob)) == 503


def test_a_framework_s_500_for_it_is_replaced(
    async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    """Starlette outside of itself, Litestar: they answer 500 before the error gets here. Other 500s are theirs."""
    alice = log_in("alice")

    def framework(app: App, again: bool, said: bytes = b"Internal Server Error") -> App:
        async def caught(scope: Message, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except Exception:
                await send(OK | {"status": 500, "headers": [(b"content-length", b"21")]})
                await send(END | {"body": said})
                if again:
                    raise

        return caught

    for again in (False, True):
        alice = log_in("alice")
        app = SessionMiddleware(framework(page(ending(table, alice)), again), async_table)
        assert refused(ask(app, alice)) == 409
    own = framework(page(ending(table, alice := log_in("alice"))), again=False, said=b"We are sorry. Call 555.")
    assert ask(SessionMiddleware(own, async_table), alice)[1]["body"] == b"We are sorry. Call 555."

    def wrong(session: AsyncSession) -> None:
        raise ZeroDivisionError

    start, _ = ask(SessionMiddleware(framework(page(wrong), again=False), async_table), log_in("bob"))
    assert start["status"] == 500


def test_an_error_after_the_reply_has_begun_goes_on_to_the_server(
    store: Failing, async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    alice = log_in("alice")
    with pytest.raises(SessionGone):
        ask(SessionMiddleware(after(ending(table, alice), lambda session: session.user), async_table), alice)
    bob = log_in("bob")
    with pytest.raises(StoreUnavailable):
        ask(SessionMiddleware(after(failing(store), lambda session: session.user), async_table), bob)


def test_a_500_page_in_two_messages_is_the_framework_s_too(
    async_table: AsyncSessionTable, log_in: LogIn, store: Failing
) -> None:
    """Quart sends an end of its own. A page that goes on, or says something else, is left."""

    def failing(*pieces: bytes) -> App:
        async def app(scope: Message, receive: Receive, send: Send) -> None:
            with pytest.raises(StoreUnavailable):
                scope["session"].user  # noqa: B018 (to ask is what fails)
            await send(OK | {"status": 500})
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        return app

    cookie, title = log_in("alice"), b"<h1>Internal Server Error</h1>"
    store.down = True
    for pieces, status in (((title,), 503), ((title, b"x" * 1000), 500), ((b"sorry", title), 500)):
        sent = ask(SessionMiddleware(failing(*pieces), async_table), cookie)
        assert sent[0]["status"] == status
        if status == 500:
            assert b"".join(each.get("body", b"") for each in sent) == b"".join(pieces)


def test_what_fails_when_the_reply_begins_is_not_given_to_the_app(
    async_table: AsyncSessionTable, table: SessionTable, log_in: LogIn
) -> None:
    """It thinks that it has answered; a framework in between, as Litestar, would make something else of the error."""
    went_on = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        assert scope["session"].user == "alice"
        table.revoke_all("alice")
        scope["session"]["x"] = 1
        await send(OK)
        await send(END)
        went_on.append(True)

    sent = ask(SessionMiddleware(app, async_table), log_in("alice"))
    assert ([each.get("status") for each in sent], went_on) == ([409, None], [True])
