"""`limits:` of a profile is kept by all people of a play together; the server itself counts."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cookielab.judging.history import History
from cookielab.stage import pace
from cookielab.stage.agents import Agents
from cookielab.stage.stage import Stage
from tests.subjects import tiny

PROGRAM = """
import json, threading, time
from handler import Handler, serve

lock, now, most, times = threading.Lock(), 0, 0, []
meeting = threading.Event()

class App(Handler):
    def do_GET(self):
        times.append(time.monotonic())
        self.reply(200, json.dumps({"user": None, "most": most, "times": times}), kind="application/json")

    def do_POST(self):
        global now, most
        times.append(time.monotonic())
        self.body()
        with lock:
            now += 1
            most = max(most, now)
            if most > 1:
                meeting.set()
        meeting.wait(0.5)  # whoever else is logging in now shows within this time
        with lock:
            now -= 1
        self.reply(200, "{}", kind="application/json")

serve(App)
"""
PROFILE = """run: {python} app.py {{port}}
users: {{alice: {{password: a}}, bob: {{password: b}}, carol: {{password: c}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}
me: {{get: /, json: user}}
limits: {limits}
"""


def counted(agents: Agents, folder: Path, limits: str, story: Callable[[Stage], None]) -> tuple[int, list[float]]:
    """How many logins were under way at the same time at most, and when requests came, after this story."""
    subject = tiny.brought(folder, PROGRAM, PROFILE, limits=limits)
    try:
        with (
            History(folder / "history.jsonl") as history,
            Stage(agents.engine, agents, history, subject) as stage,
        ):
            story(stage)
            (last,) = stage.people("alice")
            told = last.whoami()
            assert told is not None
    finally:
        subject.close()
    said = json.loads(told.body)
    return said["most"], said["times"]


def all_log_in(stage: Stage) -> None:
    people = stage.people("alice", "bob", "carol")
    stage.together(*(person.login for person in people))
    stage.together(*(lambda p=person: p.fail_to_log_in(p.user) for person in people))


@pytest.mark.parametrize(("limits", "most"), [("{}", 3), ("{logins_at_once: 2}", 2), ("{logins_at_once: 1}", 1)])
def test_logins_at_the_same_time(agents: Agents, tmp_path: Path, limits: str, most: int) -> None:
    """As many as the profile bears, right or wrong; without a limit all of them."""
    seen, _ = counted(agents, tmp_path, limits, all_log_in)
    assert seen <= most
    assert (seen > 1) == (most > 1)


@pytest.mark.parametrize(("limits", "seconds"), [("{}", 0.0), ("{requests_per_second: 5}", 2.4)])
def test_requests_of_all_people(
    agents: Agents, tmp_path: Path, limits: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three people, four requests each, of which three are sent at once: the rate is that of the server, not of each.

    Without a rate nobody waits at all.
    """
    waits: list[float] = []

    def sleep(pause: float) -> None:
        waits.append(pause)
        time.sleep(pause)

    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))

    def story(stage: Stage) -> None:
        people = stage.people("alice", "bob", "carol")
        stage.burst(people, ("whoami", "whoami", "whoami"))
        stage.together(*(person.whoami for person in people))

    _, times = counted(agents, tmp_path, limits, story)
    assert len(times) == 13
    took = times[-1] - times[0]
    assert took >= seconds * 0.8 if seconds else took < 2.0
    assert bool(waits) == bool(seconds), waits
