"""Redis, or what stands before it, answers slowly, or something that nobody asked for: 503 in time, and nobody else's session."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from sessiontable import AsyncSessionTable, SessionTable, StoreUnavailable
from sessiontable.redis import RedisStore
from tests.contract.redis_relay import Relay
from tests.contract.redis_server import redis_server
from tests.plain import SID

TIMEOUT = 0.3


@pytest.fixture(scope="module")
def name() -> Iterator[Relay]:
    with redis_server() as server, Relay(server.socket) as name:
        yield name


@pytest.fixture
def cookie(name: Relay) -> str:
    with RedisStore(name.url) as store:
        session = SessionTable(store, cookie=SID).open([])
        session.rotate("alice", {"n": 1})
        return session.set_cookies[-1].partition(";")[0]


type Ask = Callable[[str], Any]


@pytest.fixture(params=["threads", "asyncio"])
def asks(request: pytest.FixtureRequest, name: Relay) -> Iterator[dict[str, Ask]]:
    """Each asks on connections that are there already."""
    with RedisStore(name.url, timeout=TIMEOUT) as store:
        if request.param == "threads":
            table = SessionTable(store, cookie=SID)
            yield {
                "user": lambda cookie: table.open([cookie]).user,
                "write": lambda cookie: table.session([cookie]).write("n", 2),
                "login": lambda cookie: table.session([cookie]).rotate("alice"),
                "logout": lambda cookie: table.session([cookie]).revoke(),
                "list": lambda cookie: table.sessions_of("alice"),
            }
            return
        ours = AsyncSessionTable(store, cookie=SID)

        async def user(cookie: str) -> Any:
            return (await ours.open([cookie])).user

        async def login(cookie: str) -> None:
            await ours.session([cookie]).rotate("alice")

        async def write(cookie: str) -> None:
            await ours.session([cookie]).write("n", 2)

        async def logout(cookie: str) -> None:
            await ours.session([cookie]).revoke()

        async def listed(cookie: str) -> Any:
            return await ours.sessions_of("alice")

        with asyncio.Runner() as runner:
            yield {
                "user": lambda cookie: runner.run(user(cookie)),
                "write": lambda cookie: runner.run(write(cookie)),
                "login": lambda cookie: runner.run(login(cookie)),
                "logout": lambda cookie: runner.run(logout(cookie)),
                "list": lambda cookie: runner.run(listed(cookie)),
            }


def bytewise(data: bytes) -> Iterable[bytes]:
    for at in range(len(data)):
        sleep(TIMEOUT / 4)
        yield data[at : at + 1]


def test_a_server_that_sends_a_byte_now_and_then(name: Relay, asks: dict[str, Ask], cookie: str) -> None:
    """The time-out is that of the whole answer."""
    assert asks["user"](cookie) == "alice"
    name.spoil = bytewise
    began = monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        asks["user"](cookie)
    assert monotonic() - began < 5 * TIMEOUT
    name.spoil = None
    assert asks["user"](cookie) == "alice"


@pytest.mark.parametrize("what", ["user", "write", "login", "logout", "list"])
@pytest.mark.parametrize(
    "answer",
    [b"+OK\r\n", b"*-1\r\n", b"*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", b"*2\r\n*0\r\n*0\r\n"],
    ids=["a text", "nothing", "three texts", "lists"],
)
def test_an_answer_to_something_else(name: Relay, asks: dict[str, Ask], cookie: str, answer: bytes, what: str) -> None:
    """Nobody gets a fresh session, or another one's, in place of the one that they have."""
    assert asks["user"](cookie) == "alice"
    name.spoil = lambda _: (answer,)
    try:
        with pytest.raises(StoreUnavailable, match=r"Redis gave a \w+ that answers no session store"):
            asks[what](cookie)
    finally:
        name.spoil = None
    assert asks["user"](cookie) in {"alice", None if what in {"login", "logout"} else "alice"}
