"""Flows over real sockets: the lab's own words on every small server that is right in a way of its own."""

import importlib.util
from pathlib import Path

import pytest

from cookielab.subjects.reading import OWN, load
from tests.unit.subjects.driver import SERVERS, Visitor, serving

spec = importlib.util.spec_from_file_location("small_servers", SERVERS)
assert spec
assert spec.loader
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
RIGHT = [name for name in module.G if name.startswith("x_ok_")]
HOSTILE = [name for name in module.G if name.startswith("x_evil_")]
CANARY = "c-0123456789ab"


@pytest.mark.parametrize("name", [*RIGHT, "session_table"])
def test_the_verbs_work_at_every_right_server(name: str) -> None:
    assert len(RIGHT) == 26
    profile = load(OWN)
    with serving(name) as port:
        alice, bob, nobody = Visitor(profile, port, "alice"), Visitor(profile, port, "bob"), Visitor(profile, port)
        for person in (alice, bob):
            assert person.does("visit").succeeded
            assert person.does("login").succeeded
        told = alice.does("whoami")
        assert told.view
        assert (told.view.sighting, told.view.user, told.view.known) == ("this", "alice", True)
        assert alice.does("write", canary=CANARY).succeeded
        read = alice.does("read", canary=CANARY)
        assert read.view
        assert (read.succeeded, read.view.note) == (True, CANARY)
        others = bob.does("read", canary=CANARY)
        assert others.view is None or others.view.note is None
        assert nobody.does("read", canary=CANARY).succeeded is False
        anonymous = nobody.does("whoami")
        assert anonymous.view
        assert anonymous.view.sighting == "anonymous"
        bob.jar = dict(alice.jar)
        confused = bob.does("whoami")
        assert confused.view
        assert (confused.view.sighting, confused.view.user) == ("another", "alice")
        assert alice.does("logout").succeeded
        after = alice.does("whoami")
        assert after.view
        assert after.view.sighting == "anonymous"


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("x_evil_drip", "x_evil_gzip")])
def test_a_hostile_server_gets_an_answer_and_never_a_crash(name: str) -> None:
    """What drips, and what unfolds, is the agent's business."""
    profile = load(OWN)
    with serving(name) as port:
        alice = Visitor(profile, port, "alice")
        for verb in ("visit", "login", "whoami", "write", "read", "logout"):
            outcome = alice.does(verb, canary=CANARY)
            assert outcome.succeeded in (True, False, None)
            assert "\x1b" not in outcome.why
        told = alice.does("whoami").view
        assert told
        if name not in ("x_evil_stdout", "x_evil_badlisten"):
            assert told.sighting != "this"


def test_the_apps_folder_is_whole() -> None:
    apps = Path(SERVERS).parent / "apps"
    assert len(list(apps.glob("*/cookielab.yaml"))) == 10
    for path in apps.glob("*/cookielab.yaml"):
        profile = load(path, {"PYTHON": "python3"})
        assert profile.names == ("alice", "bob")
        assert profile.login
        assert profile.me
