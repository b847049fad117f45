"""A server or a client that is lost in mid-scenario: said clearly, `unknown`, and the next play is as good as any."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.judging.events import Incident
from cookielab.judging.judge import judge
from cookielab.judging.result import Result, exit_code
from cookielab.judging.verdict import Verdict
from cookielab.stage import Scenario, Stage
from cookielab.stage.agents import Agents
from cookielab.stage.play import play
from cookielab.subjects import kinds
from tests.desk import Desk, checkout
from tests.labs import need, variables

SUBJECT, CLIENT = "server --handler session_table", "clients.agent"

STRIKE = """
import os, pathlib, sys
number, words = int(sys.argv[1]), sys.argv[2]
here = os.readlink("/proc/self/ns/net")
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    line = (folder / "cmdline").read_bytes().replace(bytes(1), b" ").decode()
    if line.partition(" ")[2].startswith(f"-m {words}") and os.readlink(folder / "ns/net") == here:
        print(folder.name)
        os.kill(int(folder.name), number)
"""
"""Signals the processes of a host whose command line is `python -m WORDS...`, and prints their pids."""

type Strike = Callable[[str, str, int], list[str]]
type Perform = Callable[[Callable[[Stage], None]], Result]


@pytest.fixture
def strike(lab: Engine) -> Strike:
    def strike(host: str, words: str, number: int) -> list[str]:
        return output(lab.spawn(host, ("python", "-c", STRIKE, str(number), words))).split()

    return strike


@pytest.fixture
def perform(lab: Engine, tmp_path: Path) -> Iterator[Perform]:
    """Plays a story against the session table, in the shared lab, and judges it as `cookielab run` does."""
    count = iter(range(10))
    with Agents(lab) as agents:

        def perform(story: Callable[[Stage], None]) -> Result:
            scenario = Scenario("test", "a test", "a test", ("isolation", "continuity"), (), "none", story)
            folder = tmp_path / str(next(count))
            events = play(
                scenario,
                kinds.handler("session_table"),
                engine=lab,
                agents=agents,
                run="test",
                capture="off",
                folder=folder,
            ).events
            return Result("test", "session_table", judge(events), Verdict.HOLDS, folder, events)

        yield perform


def story(stage: Stage, between: Callable[[], object] = lambda: None) -> None:
    """Alice and Bob are there, something happens, and Alice goes on."""
    alice, bob = stage.people("alice", "bob")
    for person in (alice, bob):
        person.login()
        person.write()
        person.read()
    between()
    alice.read()


@pytest.mark.parametrize(
    ("blow", "kind", "text"),
    [
        (("server", SUBJECT, signal.SIGKILL), "server lost", r"the server session_table ended with exit code 137"),
        (("server", SUBJECT, signal.SIGSTOP), "harness fault", r"alice's .* to server.lab.test:9006 got no answer \(timeout\): "),
        (("alice", CLIENT, signal.SIGKILL), "harness fault", r"clients.agent at host alice: it .*"),
        (("alice", CLIENT, signal.SIGSTOP), "harness fault", r"clients.agent at host alice: it printed nothing for 10 s"),
    ],
    ids=["a server dies", "a server hangs", "a client is killed", "a client hangs"],
)  # fmt: skip
def test_lost(perform: Perform, strike: Strike, blow: tuple[str, str, int], kind: str, text: str) -> None:
    """1. the play ends with what happened 2. no verdict, exit code 3 3. no process stays 4. the next play holds."""
    result = perform(lambda stage: story(stage, lambda: strike(*blow)))
    last = result.events[-1]
    assert isinstance(last, Incident)
    assert (last.kind, bool(re.search(text, last.text.partition("\n")[0]))) == (kind, True), last.text
    assert {(f.verdict, f.sentence) for f in result.findings} == {
        (Verdict.UNKNOWN, f"{kind}: {last.text.partition('\n')[0]}")
    }
    assert exit_code([result]) == 3
    assert strike("server", SUBJECT, 0) == []
    again = perform(story)
    assert again.verdict is Verdict.HOLDS, again.findings
    assert exit_code([again]) == 0


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (signal.SIGKILL, "server lost", r"the server session_table ended with exit code 137"),
        (signal.SIGSTOP, "harness fault", r"the gate 'answered' at GET /whoami of the server session_table was to be opened, within 10 s"),
    ],
    ids=["dies", "hangs"],
)  # fmt: skip
def test_a_server_is_lost_while_it_holds_a_request(
    perform: Perform, strike: Strike, number: int, kind: str, text: str
) -> None:
    """1. the play ends with what happened, which names the gate 2. no verdict 3. no process stays 4. the next play holds."""

    def held(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.login()
        with stage.gate("answered", alice, "whoami"):
            strike("server", SUBJECT, number)

    result = perform(held)
    last = result.events[-1]
    assert isinstance(last, Incident)
    assert (last.kind, bool(re.search(text, last.text.partition("\n")[0]))) == (kind, True), last.text
    assert {finding.verdict for finding in result.findings} == {Verdict.UNKNOWN}
    assert exit_code([result]) == 3
    assert strike("server", SUBJECT, 0) == []
    assert perform(story).verdict is Verdict.HOLDS


def test_a_server_that_does_not_start(lab: Engine, perform: Perform) -> None:
    """Its port is taken: its own last words are in the history; once the port is free all is well."""
    with lab.spawn("server", ("python", "-m", "server", "--handler", "session_table", "--port", "9006")) as other:
        other.readline(20)
        result = perform(story)
    last = result.events[-1]
    assert isinstance(last, Incident)
    assert last.kind == "harness fault"
    assert "server --handler session_table --port 9006 --steered at host server: it ended with exit code " in last.text
    assert "9006" in last.text.splitlines()[-1], last.text
    assert exit_code([result]) == 3
    assert perform(story).verdict is Verdict.HOLDS


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A lab that is up, from a checkout whose files a test may change; what it shows has nothing to do with the engine."""
    need("netns")
    desk = Desk(checkout(tmp_path_factory.mktemp("spoilt"), copied=True), "netns", variables(2))
    assert desk.run("up", "--capture", "off").code == 0
    yield desk
    assert desk.run("down").code == 0
    assert desk.left() == []


SERVER = "python -m server --handler session_table --port 9006 --steered at host server"
LOGIN = "        visitor.log_in(user)\n"
BY_BOB = "        import os, time; user != 'bob' or os.kill(os.getpid(), {})\n" + LOGIN
ANSWER = "            say(replies, agent.answer(line))\n"


@pytest.mark.netns
@pytest.mark.parametrize(
    ("file", "before", "after", "sentence"),
    [
        ("server/app.py", '"""', "raise SystemExit('no room')\n\"\"\"", f"harness fault: {SERVER}: it ended with exit code 1"),
        ("server/app.py", LOGIN, BY_BOB.format(9), f"server lost: {SERVER}: the server session_table ended with exit code 137"),
        ("server/app.py", LOGIN, BY_BOB.format("19) or time.sleep(60"), f"harness fault: {SERVER}: bob's POST /login to server.lab.test:9006 got no answer (timeout)"),
        ("clients/agent.py", ANSWER, f"            b'bob' in line and os.kill(os.getpid(), 9)\n{ANSWER}", "harness fault: python -m clients.agent at host bob: it ended with exit code 137"),
    ],
    ids=["does not start", "dies", "hangs", "a client is killed"],
)  # fmt: skip
def test_through_the_command(spoilt: Desk, file: str, before: str, after: str, sentence: str) -> None:
    """1. every finding is unknown and says why 2. exit code 3 3. judged again it is the same 4. the lab is as it was."""
    text = (spoilt.place / file).read_text()
    assert before in text
    (spoilt.place / file).write_text(text.replace(before, after, 1))
    try:
        done = spoilt.run("run", "nat", "--handler", "session_table", "--capture", "off", "--json")
    finally:
        (spoilt.place / file).write_text(text)
    (play,) = json.loads(done.out)["plays"]
    assert (play["verdict"], play["met"], done.code) == ("unknown", False, 3)
    assert [finding["verdict"] for finding in play["findings"]] == ["unknown", "unknown"]
    assert all(finding["sentence"].startswith(sentence) for finding in play["findings"]), play["findings"]
    again = spoilt.run("judge", play["history"])
    assert again.code == 3
    assert again.out.startswith("session_table    UNKNOWN  but holds was expected: it believes only an id"), again.out
    assert sentence in again.out
    assert not [line for line in spoilt.left() if "--handler" in line or "clients.agent" in line]
    assert spoilt.run("run", "nat", "--handler", "session_table", "--capture", "off").code == 0
