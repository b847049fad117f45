"""Where a URL can lead: TCP, TLS and Unix sockets, as a user with a password, into a database; in both faces."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import randrange

import pytest

from sessiontable import SessionError, StoreUnavailable
from sessiontable.redis import RedisStore, line
from sessiontable.redis.asynchronous import AsyncRedisStore
from sessiontable.redis.host import RedisHost
from sessiontable.redis.resp import PlainReader, plainly_packed
from tests.contract.face import NOW, key, record
from tests.contract.redis_server import RedisServer, redis_server
from tests.tools import need

type Read = Callable[[str], None]


def in_threads(url: str) -> None:
    with RedisStore(url, timeout=5) as store:
        store.create(key("a"), record("alice"), NOW)
        assert store.read(key("a"), NOW) == record("alice")


def on_asyncio(url: str) -> None:
    """A face of its own, so that what is refused is refused on its connection."""

    async def run() -> None:
        face = AsyncRedisStore(RedisHost(url, 5), "cookielab:")
        await face.create(key("a"), record("alice"), NOW)
        assert await face.read(key("a"), NOW) == record("alice")
        await face.aclose()

    asyncio.run(run())


@pytest.fixture(params=[in_threads, on_asyncio])
def use(request: pytest.FixtureRequest) -> Read:
    chosen: Read = request.param
    return chosen


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of a server on this machine, which is its own authority."""
    need("openssl")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        (
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ),
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def server(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisServer, int]]:
    """It speaks TLS, too, on a port of its own, and knows the user app."""
    need("redis-server")
    port = randrange(30_000, 32_000)
    options = [
        "--tls-port", str(port), "--tls-cert-file", str(authority / "cert.pem"),
        "--tls-key-file", str(authority / "key.pem"), "--tls-ca-cert-file", str(authority / "cert.pem"),
        "--tls-auth-clients", "no",
    ]  # fmt: skip
    server = RedisServer(tmp_path_factory.mktemp("redis"), "redis-server", "s3cret", options, wants_port=True)
    try:
        server.start()
        server.ask("ACL", "SETUSER", "app", "on", ">pässword", "~*", "+@all")
        yield server, port
    finally:
        server.kill()


def test_tls(server: tuple[RedisServer, int], authority: Path, use: Read) -> None:
    """1. as its certificate says 2. refused without the authority 3. not looked at where that is asked for."""
    _, port = server
    use(f"rediss://:s3cret@localhost:{port}/2?ssl_ca_certs={authority / 'cert.pem'}")
    with pytest.raises(StoreUnavailable) as refused:
        use(f"rediss://:s3cret@localhost:{port}")
    assert "certificate" in str(refused.value)
    use(f"rediss://:s3cret@localhost:{port}?ssl_cert_reqs=none")


def test_tls_keeps_its_connection(server: tuple[RedisServer, int], authority: Path) -> None:
    """What TLS itself says after the greeting (tickets) is no reply to nothing."""
    there, port = server

    async def run() -> None:
        host = RedisHost(f"rediss://:s3cret@localhost:{port}?ssl_ca_certs={authority / 'cert.pem'}", 5)
        face = AsyncRedisStore(host, "cookielab:")
        before = made(there)
        for _ in range(50):
            assert await face.read(key("none"), NOW) is None
        assert made(there) <= before + 2  # ours, and the one that asks
        await face.aclose()

    asyncio.run(run())


def made(server: RedisServer) -> int:
    """How many connections there have been, the one that asks included."""
    return int(server.ask("INFO", "stats")["total_connections_received"])


def test_without_hiredis(server: tuple[RedisServer, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader in Python serves as well."""
    monkeypatch.setattr(line, "reader", PlainReader)
    monkeypatch.setattr(line, "packed", plainly_packed)
    on_asyncio(server[0].url)


def test_a_user_a_database_and_a_name(server: tuple[RedisServer, int], use: Read) -> None:
    """Each session stands in the database that was asked for, and in no other."""
    there, _ = server
    for number, url in enumerate((f"redis://app:p%C3%A4ssword@127.0.0.1:{there.port}/3", f"{there.url}?db=4"), 3):
        there.ask("FLUSHALL")
        use(f"{url}{'&' if '?' in url else '?'}client_name=shop")
        keyspace = there.ask("INFO", "keyspace")
        assert list(keyspace) == [f"db{number}"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("redis://:wrong@127.0.0.1:{port}", "refuses the user or password of the store's URL"),
        ("redis://127.0.0.1:{port}", "refuses the user or password of the store's URL"),
        ("redis://app:wrong@127.0.0.1:{port}", "refuses the user or password of the store's URL"),
        ("redis://:s3cret@127.0.0.1:{port}/99", "does not understand the session store"),
    ],
)
def test_what_is_refused(server: tuple[RedisServer, int], use: Read, place: str, text: str) -> None:
    """Nothing goes out before the greeting is through: not as somebody else, and not into another database."""
    there, _ = server
    there.ask("FLUSHALL")
    with pytest.raises(SessionError) as refused:
        use(place.format(port=there.port))
    assert not isinstance(refused.value, StoreUnavailable)
    assert f" {text} (" in str(refused.value)
    assert there.ask("DBSIZE") == 0


def test_a_server_that_is_full_of_clients(use: Read) -> None:
    """It hangs up; later there is room again."""
    with redis_server() as server:
        server.ask("CONFIG", "SET", "maxclients", "1")
        held = RedisStore(server.url)
        with pytest.raises(StoreUnavailable):
            use(server.url)
        held.close()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                use(server.url)
            except StoreUnavailable:
                time.sleep(0.01)
            else:
                break
        else:
            pytest.fail("there was no room")
