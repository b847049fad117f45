"""The session table on a store: what a reply carries, a store that fails, and a process that starts again."""

import signal
from pathlib import Path

import pytest

from server.handlers.session_table import issuing
from sessiontable import Change, MemoryStore, Outcome
from sessiontable.sqlite import SQLiteStore
from tests.unit.server.running import Browser, Running
from tests.unit.server.test_command import listening, running

FAILING = ("GET", "/"), ("GET", "/whoami"), ("POST", "/login"), ("GET", "/note"), ("PUT", "/note"), ("POST", "/logout")
NAMES = "There are memory, sqlite, redis, and URLs such as sqlite:PATH"


def headers(browser: Browser, method: str, path: str) -> dict[str, list[str]]:
    """The values of the header lines that caches look at."""
    reply = browser.send(method, path, {"user": "alice"} if method == "POST" else None)
    return {name: [v for k, v in reply.headers if k == name] for name in ("Cache-Control", "Vary")}


def test_caches_are_told_that_the_reply_depends_on_the_cookie(servers: Running) -> None:
    """Each line once, also where something is refused; not for health, which asks nobody, nor for an address."""
    browser = servers.browser("session_table")
    for method, path in (
        ("GET", "/whoami"),
        ("GET", "/"),
        ("POST", "/login"),
        ("GET", "/nowhere"),
        ("POST", "/logout"),
    ):
        assert headers(browser, method, path) == {"Cache-Control": ["no-store"], "Vary": ["Cookie"]}
    for other in (browser, servers.browser("by_address")):
        assert headers(other, "GET", "/healthz") == {"Cache-Control": ["no-store"], "Vary": []}


def test_a_store_that_is_down_gives_nobody_another_identity(servers: Running, tmp_path: Path) -> None:
    """503 with the reason, no cookie and nobody recognised, on a connection that stays; health is as before."""
    store = SQLiteStore(tmp_path / "sessions.db")
    alice = servers.browser(servers.table(issuing(store, 50_000)))
    alice.log_in("alice")
    cookie = alice.cookie
    local = alice.connection.sock.getsockname()
    store.close()
    for method, path in FAILING:
        reply = alice.send(method, path, {"user": "alice", "note": "x"} if method in {"POST", "PUT"} else None)
        assert (reply.status, reply.header("Set-Cookie"), reply.header("Cache-Control")) == (503, None, "no-store")
        assert (reply.json["identity"], reply.json["known"], reply.json["user"]) == (None, False, None)
        assert str(tmp_path) in reply.json["error"]
        line = servers.log[-1]
        assert (line["status"], line["cookies"], line["path"]) == (503, [cookie], path)
    assert alice.send("HEAD", "/whoami").body == b""
    assert alice.send("GET", "/healthz").status == 200
    assert alice.connection.sock.getsockname() == local


def test_a_store_that_is_down_begins_no_session(servers: Running, tmp_path: Path) -> None:
    """Who brings no cookie is a stranger without a look at the store; what would be remembered is refused."""
    store = SQLiteStore(tmp_path / "sessions.db")
    bob = servers.browser(servers.table(issuing(store, 50_000)))
    store.close()
    assert bob.send("GET", "/whoami").status == 200
    for reply in (bob.send("GET", "/"), bob.log_in("bob")):
        assert (reply.status, reply.header("Set-Cookie")) == (503, None)


class LogsOutBeforeWrites(MemoryStore):
    """Somebody logs the session out, each time just before a request that has opened it writes."""

    def write(self, key: bytes, change: Change, now: float) -> Outcome:
        self.delete(key)
        return super().write(key, change, now)


def test_a_session_that_ends_in_flight(servers: Running) -> None:
    """409 with the reason and no cookie, on a connection that stays; the next request is that of a stranger."""
    alice = servers.browser(servers.table(issuing(LogsOutBeforeWrites(), 50_000)))
    alice.log_in("alice")
    local = alice.connection.sock.getsockname()
    reply = alice.send("GET", "/")
    assert (reply.status, reply.header("Set-Cookie"), reply.header("Cache-Control")) == (409, None, "no-store")
    assert (reply.json["known"], reply.json["user"]) == (False, None)
    assert "ended while this request was under way" in reply.json["error"]
    assert alice.send("GET", "/whoami").json["known"] is False
    assert alice.connection.sock.getsockname() == local


def test_sessions_in_a_file_outlive_the_process(servers: Running, tmp_path: Path) -> None:
    """Killed without a warning, started again: the same person, the next visit."""
    file, cookie = tmp_path / "sessions.db", None
    for visits, known in ((1, False), (2, True)):
        with running("--handler", "session_table", "--port", "0", "--store", f"sqlite:{file}") as process:
            alice = servers.browser(listening(process)["session_table"])
            alice.cookie = cookie
            visit = alice.send("GET", "/").json
            cookie = alice.cookie
            process.send_signal(signal.SIGKILL)
        assert (visit["visits"], visit["known"]) == (visits, known)


def test_the_variable_store_is_the_default(tmp_path: Path) -> None:
    """`sqlite` alone is a file in the home directory; an option goes before the variable."""
    variables = {"HOME": str(tmp_path), "STORE": "sqlite"}
    with running("--handler", "session_table", "--port", "0", "--store", "memory", **variables) as process:
        listening(process)
    assert not (tmp_path / "sessions.db").exists()
    with running("--handler", "session_table", "--port", "0", **variables) as process:
        listening(process)
    assert (tmp_path / "sessions.db").exists()


@pytest.mark.parametrize(
    ("store", "error"),
    [
        ("sqlit", f"unknown store 'sqlit': did you mean 'sqlite'? {NAMES}"),
        ("xyzzy", f"unknown store 'xyzzy': {NAMES}"),
        ("mongo://db:27017", "mongo"),
        ("sqlite:/proc/version", "/proc/version"),
    ],
)
def test_a_store_that_makes_no_sense(store: str, error: str) -> None:
    """Named, with the stores that there are, before any port is opened."""
    for words, variables in (((f"--store={store}",), {}), ((), {"STORE": store})):
        with running(*words, **variables) as process:
            out, complaint = process.communicate(timeout=10)
        assert (process.returncode, out, complaint.count("\n")) == (2, "", 1)
        assert complaint.startswith("server: ")
        assert error in complaint


def test_a_redis_that_does_not_answer_at_the_start(tmp_path: Path) -> None:
    """No mistake of the command line, and no server that would know nobody."""
    with running("--store", f"unix://{tmp_path}/redis.sock") as process:
        out, complaint = process.communicate(timeout=10)
    assert (process.returncode, out) == (1, "")
    assert complaint.startswith(f"server: Redis at unix://{tmp_path}/redis.sock does not answer")
