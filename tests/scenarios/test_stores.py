"""The session table on every store, in a lab of its own on every engine: the scenarios hold, and sessions stay.

In memory it is the matrix that shows it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cookielab.commands import run
from cookielab.engines.base import Engine
from cookielab.engines.process import Process, output
from cookielab.judging.events import Incident
from cookielab.judging.verdict import Verdict
from cookielab.lab.parts import lacking
from cookielab.lab.state import MITMWEB, Lab, Record
from cookielab.subjects.servers import HOST, Server, start_subject
from scenarios import SCENARIOS, d_login, e_life, foundation
from tests.labs import engine, need, until

pytestmark = pytest.mark.timeout(600)  # the first test on Docker may have to build the images

FIX = "session_table"
ON_DOCKER = (*foundation.GROUP.scenarios, *d_login.GROUP.scenarios, *e_life.GROUP.scenarios)
ON_REDIS = pytest.mark.parametrize("store", ["redis"], indirect=True, scope="module")
KILL = 'for p in /proc/[0-9]*; do read -r name <$p/comm && test "$name" = redis-server && kill -9 ${p#/proc/}; done'
"""For a host without procps. On netns it sees the processes of the whole lab, and of no other."""


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def standing(engine_name: str, store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The lab on this store, without mitmproxy; it is taken down and leaves nothing."""
    need(engine_name, store)
    lab = engine(engine_name, tmp_path_factory.mktemp(f"{engine_name}-{store}"), 5, store)
    lab.up([host for host in lab.topology.hosts if host != MITMWEB])
    yield lab
    lab.down()
    assert {state.state for state in lab.states().values()} == {"absent"}


@dataclass
class Alice:
    """Alice at her host, with curl. She takes over the one cookie that she is given."""

    lab: Engine
    server: Server
    cookie: str = ""

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, dict[str, object]]:
        """Status and body of the reply. Nothing that it may say changes who Alice is, but a login."""
        words = ["--cookie", self.cookie] if self.cookie else []
        words += ["--json", json.dumps(fields)] if fields else []
        argv = ("curl", "-si", "--max-time", "20", "--request", method, *words, self.server.url + path)
        head, _, body = output(self.lab.spawn("alice", argv), 30).replace("\r", "").partition("\n\n")
        given = [line.partition(": ")[2] for line in head.splitlines() if line.startswith("Set-Cookie: ")]
        assert not given or path == "/login", given
        self.cookie = given[0].partition(";")[0] if given else self.cookie
        return int(head.split()[1]), json.loads(body)

    def who(self) -> tuple[int, object, object]:
        """Status, whether she is known, and as whom."""
        status, body = self.ask("GET", "/whoami")
        return status, body["known"], body["user"]


@pytest.fixture
def alice(standing: Engine) -> Iterator[Alice]:
    """She has logged in at a server that was started for her."""
    alice = Alice(standing, start_subject(standing, FIX))
    assert alice.ask("POST", "/login", user="alice")[0] == 200
    yield alice
    alice.server.stop()


def test_the_scenarios_hold(standing: Engine, store: str, tmp_path: Path) -> None:
    """All of them, against servers that share one store; and that is where the sessions are. On Docker the groups that touch
    the store most are enough: it is the same store."""
    topology = standing.topology
    record = Record(topology.name, standing.name, "tests", str(topology.source), "off", "", True, topology.variables)
    lab = Lab(record, standing, "it is the one of the tests")
    chosen = SCENARIOS if standing.name == "netns" else ON_DOCKER
    playable = [one for one in chosen if not (lacking(standing, one.parts) or standing.name in one.not_on)]
    results = list(run.plays(lab, [(scenario, (FIX,)) for scenario in playable], "off", tmp_path))
    assert {result.scenario: result.verdict for result in results} == {one.id: Verdict.HOLDS for one in playable}
    assert [event for result in results for event in result.events if isinstance(event, Incident)] == []
    count = {
        "redis": ("redis", ("redis-cli", "-h", "redis.lab.test", "dbsize")),
        "sqlite": (HOST, ("python", "-c", COUNT)),
    }[store]
    assert int(output(standing.spawn(*count))) > len(playable)


COUNT = """
import pathlib, sqlite3
print(sqlite3.connect(pathlib.Path.home() / "sessions.db").execute("SELECT count(*) FROM sessions").fetchone()[0])
"""


def test_sessions_outlive_the_server_process(standing: Engine, alice: Alice) -> None:
    """Stopped and started again it knows Alice, by the cookie that she had."""
    alice.server.stop()
    alice.server = start_subject(standing, FIX)
    assert alice.who() == (200, True, "alice")


@ON_REDIS
def test_nobody_but_the_server_reaches_redis(standing: Engine) -> None:
    """Redis asks for no password. It has a network of its own, to which no client and no gateway has a way."""
    address = standing.topology.host("redis").on("backend")
    script = f"exec 3<>/dev/tcp/{address}/6379 && echo PING >&3 && read -r answer <&3 && echo ${{answer%?}}"
    hosts = ("server", "alice", "dave", "home-gateway", "office-gateway")
    asked = {host: standing.spawn(host, ("timeout", "2", "bash", "-c", script)) for host in hosts}
    said = {host: (process.wait(10), process.rest()) for host, process in asked.items()}
    assert said.pop("server")[1] == ["+PONG"]
    assert all(code and not lines for code, lines in said.values()), said


@ON_REDIS
def test_without_redis_nobody_is_anybody(standing: Engine, alice: Alice) -> None:
    """1. Redis is killed: 503 with the reason and no cookie, whatever Alice does 2. it returns: she is who she was.

    The last test: afterwards there is no Redis any more on netns.
    """
    output(standing.spawn("redis", ("sh", "-c", KILL + "; true")))
    until(lambda: standing.states()["redis"].state == "dead", "Redis is dead")
    cookie = alice.cookie
    for method, path in (("GET", "/whoami"), ("GET", "/"), ("POST", "/login")):
        status, body = alice.ask(method, path, **({"user": "alice"} if method == "POST" else {}))
        assert (status, body["identity"], body["known"], body["user"]) == (503, None, False, None)
        assert ("redis.lab.test" in str(body["error"]), alice.cookie) == (True, cookie)
    again = start_redis(standing)
    try:
        until(lambda: alice.who() == (200, True, "alice"), "Alice is known again")
    finally:
        if again:
            again.stop()


def start_redis(lab: Engine) -> Process | None:
    """Redis at its host once more: the container, or the same command in the same place."""
    if lab.name == "docker":
        from cookielab.engines.docker import DockerEngine

        assert isinstance(lab, DockerEngine)
        lab.api.start(f"{lab.topology.name}-redis-1")
        return None
    return lab.spawn("redis", lab.topology.host("redis").command or ())
