"""What is said when Redis refuses, is busy, is down or is no Redis for sessions; and no password in any of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from sessiontable import Change, SessionError, StoreUnavailable
from sessiontable.logic.inline import finish
from sessiontable.redis import RedisStore
from sessiontable.redis.host import RedisHost
from tests.contract.face import NOW, PLENTY, key, record
from tests.contract.redis_server import RedisServer, redis_server

SECRET = "s3cret/@:?#"
KEY = f"cookielab:s:{key('a').hex()}"


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server(password=SECRET) as server:
        yield server


def create(store: RedisStore) -> None:
    store.create(key("a"), record("alice"), NOW)


def read(store: RedisStore) -> None:
    store.read(key("a"), NOW)


def refusal(server: RedisServer, call: Callable[[], object]) -> tuple[type[SessionError], str]:
    """The error's class, and its text after "Redis at URL "."""
    with pytest.raises(SessionError) as refused:
        call()
    text = str(refused.value)
    assert SECRET not in text
    assert text.startswith(f"Redis at unix://{server.socket} "), text
    return type(refused.value), text.removeprefix(f"Redis at unix://{server.socket} ")


def test_a_password_that_is_refused(server: RedisServer) -> None:
    """At the start already: a wrong one, and none."""
    for url in (f"unix://:{SECRET[:3]}@{server.socket}", f"unix://{server.socket}"):
        kind, text = refusal(server, lambda url=url: RedisStore(url))  # type: ignore[misc]
        assert kind is SessionError
        assert text.startswith("refuses the user or password of the store's URL (")
        assert text.endswith("): correct the URL, or the server's users (ACL LIST)")


@contextmanager
def configured(server: RedisServer, name: str, value: str, before: str) -> Iterator[None]:
    server.ask("CONFIG", "SET", name, value)
    try:
        yield
    finally:
        server.ask("CONFIG", "SET", name, before)


@contextmanager
def replica(server: RedisServer, stale: str) -> Iterator[None]:
    """Of a master that is not there."""
    with configured(server, "replica-serve-stale-data", stale, "yes"):
        server.ask("REPLICAOF", "127.0.0.1", "1")
        try:
            yield
        finally:
            server.ask("REPLICAOF", "NO", "ONE")


BUSY: dict[str, tuple[Callable[[RedisServer], Any], Callable[[RedisStore], None], str]] = {
    "OOM": (
        lambda server: configured(server, "maxmemory", "1", "0"), create,
        "it has no memory left, raise maxmemory",
    ),
    "READONLY": (
        lambda server: replica(server, "yes"), create,
        "this is a replica, give the master's address",
    ),
    "MASTERDOWN": (
        lambda server: replica(server, "no"), read,
        "this is a replica without its master, give the master's address",
    ),
    "NOREPLICAS": (
        lambda server: configured(server, "min-replicas-to-write", "1", "0"), create,
        "it has fewer replicas than min-replicas-to-write asks for",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", BUSY)
def test_a_server_that_cannot_answer_now(server: RedisServer, how: str) -> None:
    """StoreUnavailable with what helps; once it can, the same store goes on."""
    state, call, remedy = BUSY[how]
    with RedisStore(server.url) as store:
        with state(server):
            kind, text = refusal(server, lambda: call(store))
        assert kind is StoreUnavailable
        assert text.startswith("cannot answer now (")
        assert text.endswith(f"): {remedy}")
        call(store)


def test_a_cluster_that_lacks_a_slot() -> None:
    with redis_server(cluster=True) as server, RedisStore(server.url) as store:
        server.ask("CLUSTER", "DELSLOTS", server.ask("CLUSTER", "KEYSLOT", KEY))
        kind, text = refusal(server, lambda: read(store))
        assert kind is StoreUnavailable
        assert text.endswith("): some slots of the cluster have no node")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (redis.BusyLoadingError("Redis is loading the dataset in memory"), "it is reading its data in, wait"),
        (redis.ResponseError("MISCONF Errors writing to the AOF file"), "it cannot save its data, look at its disk and its log"),
        (redis.ResponseError("BUSY Redis is busy running a script."), "a script of somebody else holds it up (SCRIPT KILL)"),
        (redis.exceptions.TryAgainError("Multiple keys request"), "the cluster is moving slots, wait"),
    ],
)  # fmt: skip
def test_what_is_hard_to_bring_about(error: Exception, remedy: str) -> None:
    explained = RedisHost("redis://localhost", 1).explained(error)
    assert isinstance(explained, StoreUnavailable)
    assert str(explained) == f"Redis at redis://localhost cannot answer now ({error}): {remedy}"


def test_a_user_who_may_not_do_it(server: RedisServer) -> None:
    server.ask("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+ping")
    with RedisStore(f"unix://reader:pw@{server.socket}") as store:
        read(store)
        kind, text = refusal(server, lambda: create(store))
    assert kind is SessionError
    assert text.startswith("does not let this user do what a session store has to (")
    assert text.endswith("): allow the commands and keys that it names (ACL SETUSER)")


def test_a_key_that_is_somebody_elses(server: RedisServer) -> None:
    """Another kind of value, other bytes, other fields under a key of ours."""
    change = Change("x", "1", PLENTY)
    with RedisStore(server.url) as store:
        for command in (
            ("SET", KEY, "x"),
            ("HSET", KEY, "expires_at", "soon", b"\xff\xfe", b"\xff"),
            ("HSET", KEY, "expires_at", "soon", "created_at", "1"),
        ):
            server.ask("DEL", KEY)
            server.ask(*command)
            for call in (read, lambda store: store.write(key("a"), change, NOW)):
                with pytest.raises(SessionError) as refused:
                    call(store)
                assert not isinstance(refused.value, StoreUnavailable), command
                assert str(refused.value).endswith(("change the prefix", "or Valkey")), command
        server.ask("DEL", KEY)
        server.ask("SET", KEY, "x")
        kind, text = refusal(server, lambda: read(store))
        assert kind is SessionError
        assert text.startswith("does not understand the session store (WRONGTYPE ")
        server.ask("DEL", KEY)


def test_a_server_that_is_no_redis(tmp_path: Path) -> None:
    """It hangs up, or says something else."""
    import socket
    import threading

    for says in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        with socket.socket(socket.AF_UNIX) as listener:
            path = tmp_path / f"{len(says)}.sock"
            listener.bind(str(path))
            listener.listen()

            def serve(listener: socket.socket = listener, says: bytes = says) -> None:
                peer, _ = listener.accept()
                with peer:
                    peer.recv(1000)
                    peer.sendall(says)

            thread = threading.Thread(target=serve)
            thread.start()
            with pytest.raises(StoreUnavailable) as refused:
                RedisStore(f"unix://{path}")
            thread.join(5)
            assert str(refused.value).startswith(f"Redis at unix://{path} does not answer (")


@pytest.mark.parametrize(
    ("url", "shown", "how"),
    [
        ("redis://:secret@h:port", "redis://h:port", "its host or port is none; write special characters of a password as %40 and so on"),
        ("redis://:sec/ret@h", "redis://h", "its host or port is none; write special characters of a password as %40 and so on"),
        ("redis://:12?secret@h", "redis://h", "write special characters of a password as %40 and so on"),
        ("redis://:12#secret@h", "redis://h", "write special characters of a password as %40 and so on"),
        ("redis://h/secrets", "redis://h/secrets", "after the host only a database's number can come, as in redis://localhost:6379/0"),
        ("redis://h?timeout=3", "redis://h", "it has the unknown option 'timeout', known are client_name, db, ssl_ca_certs, ssl_certfile, ssl_cert_reqs, ssl_check_hostname, ssl_keyfile"),
        ("redis://h?db=x", "redis://h", "Invalid value for 'db' in connection URL."),
        ("unix://", "unix://", "give the socket's absolute path, as in unix:///run/redis/redis.sock"),
        ("unix://run/redis.sock", "unix://run/redis.sock", "give the socket's absolute path, as in unix:///run/redis/redis.sock"),
        ("http://h", "http://h", "begin it with one of redis://, rediss://, unix://, redis+unix://"),
    ],
)  # fmt: skip
def test_a_malformed_url(url: str, shown: str, how: str) -> None:
    """Named without what may be a password, before anything is tried."""
    with pytest.raises(SessionError) as refused:
        RedisStore(url)
    assert str(refused.value) == f"store URL {shown!r} is malformed: {how}"
    assert refused.value.__cause__ is None


def test_a_special_password(server: RedisServer) -> None:
    with RedisStore(server.url) as store:
        finish(store._steps.wire.ask(b"PING"))
