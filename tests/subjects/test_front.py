"""`tls: true`: the lab's own certificate stands in front, what arrives is plain http, from where the caller is."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.errors import UsageError
from cookielab.stage.agents import Agents
from cookielab.subjects import kinds
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load
from scenarios import SCENARIOS
from tests.subjects import small

PROGRAM = """
import json, secrets, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PEOPLE, CALLERS, NOTES = {}, {}, {}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def who(self):
        _, _, sid = self.headers.get("Cookie", "").partition("__Host-sid=")
        if MODE == "endpoint":
            sid = CALLERS.get(self.client_address[:2], "")
        return PEOPLE.get(sid)

    def do_GET(self):
        user, caller = self.who(), "%s:%s" % self.client_address[:2]
        self.reply({"user": user, "note": NOTES.get(user), "from": caller, "host": self.headers["Host"]})

    def do_PUT(self):
        NOTES[self.who()] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["note"]
        self.reply({})

    def do_POST(self):
        user = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["user"]
        if MODE == "insists" and self.headers.get("X-Forwarded-Proto") != "https":
            return self.reply({"error": "https only"}, 403)
        sid = secrets.token_urlsafe(32)
        PEOPLE[sid] = user
        CALLERS[self.client_address[:2]] = sid
        self.reply({}, 200, ("Set-Cookie", f"__Host-sid={sid}; Path=/; Secure; HttpOnly"))

    def reply(self, body, status=200, *headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(data)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass

MODE = sys.argv[3]
server = ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
PROFILE = """{where}
tls: true
host: shop.example:{{port}}
users: {{alice: {{}}, bob: {{}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}
me: {{get: /, json: user}}
note: {{write: {{put: /, json: {{note: "{{canary}}"}}}}, read: {{get: /, json: note}}}}
{more}
"""


def brought(folder: Path, where: str, more: str = "") -> Brought:
    path = folder / "mine.yaml"
    path.write_text(PROFILE.format(where=where, more=more))
    return Brought("mine", load(path, {}), folder)


def command(folder: Path, address: str, mode: str = "table") -> str:
    (folder / "program.py").write_text(PROGRAM)
    return f"run: {sys.executable} program.py {address} {{port}} {mode}"


def checked(lab: Engine, subject: Brought, folder: Path, *ids: str) -> small.Outcome:
    chosen = [scenario for scenario in SCENARIOS if scenario.id in ids]
    with Agents(lab) as agents:
        return small.check(agents, subject, folder / "check", chosen)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[int]:
    """The same program on this machine, started by the user; its port."""
    (tmp_path / "program.py").write_text(PROGRAM)
    argv = (sys.executable, tmp_path / "program.py", "127.0.0.1", "0", "table")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


@pytest.fixture
def bare(lab: Engine) -> Iterator[Engine]:
    """A lab on each engine, whose gateway looks into nothing: mitmproxy would bring a certificate of its own."""
    gateway = ("python", "-m", "nat.gateway", "capture")
    output(lab.spawn("home-gateway", (*gateway, "off"), privileged=True))
    yield lab
    output(lab.spawn("home-gateway", (*gateway, "mitm"), privileged=True))


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_a_command(netns_lab: Engine, tmp_path: Path, address: str) -> None:
    """Its cookies want https, and it holds, over a restart of the process too; twice, for nothing of it is left."""
    for number in range(2):
        subject = brought(tmp_path, command(tmp_path, address))
        outcome = checked(netns_lab, subject, tmp_path / str(number), "nat", "port-reuse", "restart")
        assert [row.state for row in outcome.rows] == ["holds", "holds", "holds"], outcome.told()


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_the_caller_is_seen_as_he_is(netns_lab: Engine, tmp_path: Path, address: str) -> None:
    """A server that takes the caller's address and port for a person is convicted when a port comes to somebody else."""
    subject = brought(tmp_path, command(tmp_path, address, "endpoint"))
    with Agents(netns_lab) as agents:
        place = subject.open(netns_lab)
        try:
            assert place is not None
            assert place.url == f"https://shop.example:{kinds.PORT}"
            alice = agents.fresh([("alice", "alice")])["alice"]
            said = alice.ask(
                "request",
                method="GET",
                url=place.url,
                via="h11",
                connect=place.connect,
                tls={"ca": place.ca},
                seconds=9.0,
            )
        finally:
            subject.close()
    gateway = netns_lab.topology.gateway_of("alice").on("public")
    port = said["local"].rpartition(":")[2]
    assert f'"from": "{gateway}:{port}", "host": "shop.example:{kinds.PORT}"' in said["body"]
    outcome = checked(netns_lab, brought(tmp_path, command(tmp_path, address, "endpoint")), tmp_path, "port-reuse")
    assert outcome.verdict == "broken", outcome.told()
    assert "isolation" in outcome.by, outcome.told()


def test_a_server_that_asks_its_proxy_for_the_scheme(netns_lab: Engine, tmp_path: Path) -> None:
    """1. It refuses what came over http, as far as it knows. 2. The profile has the header written."""
    where = command(tmp_path, "127.0.0.1", "insists")
    outcome = checked(netns_lab, brought(tmp_path, where), tmp_path / "1", "nat")
    assert outcome.flight.failed
    assert outcome.flight.failed.what == "login accepted (alice)"
    more = "headers: {X-Forwarded-Proto: https}"
    outcome = checked(netns_lab, brought(tmp_path, where, more), tmp_path / "2", "nat")
    assert [row.state for row in outcome.rows] == ["holds"], outcome.told()


def test_a_server_that_runs_already(bare: Engine, tmp_path: Path, site: int) -> None:
    outcome = checked(bare, brought(tmp_path, f"url: http://127.0.0.1:{site}"), tmp_path, "nat")
    assert [row.state for row in outcome.rows] == ["holds"], outcome.told()


def test_a_server_that_speaks_https_itself(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        brought(tmp_path, "url: https://127.0.0.1:8443")
    assert str(caught.value) == (
        f"{tmp_path}/mine.yaml:2: tls: puts a certificate before a server that speaks http, "
        "and https://127.0.0.1:8443 does not; drop it"
    )
