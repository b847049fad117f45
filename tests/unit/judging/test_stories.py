"""Scenarios that need no network between the people and the server, played in earnest; and what a person's steps record."""

import pytest
from msgspec.structs import replace

from cookielab.judging.events import ClientChange, Event, Request, RunEnd, RunStart, ServerStart, View
from cookielab.judging.judge import judge
from cookielab.judging.verdict import overall
from cookielab.stage import Scenario, Stage
from scenarios.expected import EXPECTED
from scenarios.foundation import cycle, forged
from tests.unit.judging.conftest import Player
from tests.unit.judging.here import Here


def requests(events: tuple[Event, ...]) -> list[Request]:
    return [event for event in events if isinstance(event, Request)]


@pytest.mark.parametrize("handler", ["as_published", "client_chosen", "session_table"])
@pytest.mark.parametrize("scenario", [cycle.SCENARIO, forged.SCENARIO], ids=["cycle", "forged"])
def test_the_story_ends_as_expected(perform: Player, scenario: Scenario, handler: str) -> None:
    events = perform(scenario, handler)
    assert isinstance(events[-1], RunEnd)
    assert overall(judge(events)) is EXPECTED[scenario.id][handler]


def test_a_history_says_what_was_played(perform: Player) -> None:
    """The first event is enough to judge the file alone; the second says which server was asked."""
    start, server, *_ = perform(cycle.SCENARIO, "by_address")
    assert isinstance(start, RunStart)
    assert (start.run, start.engine, start.scenario, start.subject) == ("r", "here", "cycle", "by_address")
    assert (start.exercises, start.must_break) == (cycle.SCENARIO.exercises, cycle.SCENARIO.must_break)
    assert isinstance(server, ServerStart)
    assert (server.role, server.name) == ("subject", "by_address")


def test_each_step_is_one_record(perform: Player) -> None:
    """Who asked what, with which cookies, and what the server said it saw."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        for step in (alice.visit, alice.login, alice.whoami, alice.write, alice.read, alice.logout, alice.read):
            step()

    visit, login, whoami, write, read, logout, refused = requests(perform(story))
    assert [r.action for r in (visit, login, whoami)] == ["visit", "login", "whoami"]
    assert [f"{r.method} {r.url.rpartition('/')[2]}" for r in (write, logout)] == ["PUT note", "POST logout"]
    assert [r.claims for r in (visit, login, write, logout, refused)] == [None, "alice", "alice", "alice", None]
    assert visit.cookies_sent is None
    assert visit.set_cookies[0].partition(";")[0] == login.cookies_sent
    assert login.set_cookies[0].partition(";")[0] == whoami.cookies_sent
    assert visit.view
    assert replace(visit.view, identity=None) == View(known=False, seen_from=visit.local, visits=1)
    assert write.canary == read.canary == (read.view and read.view.note)
    assert (logout.accepted, refused.status) == (True, 401)


def test_a_clients_changes_are_carried_out_and_recorded(perform: Player) -> None:
    """Each is visible in the request after it, or in the jar."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.visit()
        alice.new_connection()
        alice.visit()
        alice.plant_cookie("other", "x")
        alice.visit()
        alice.close_browser()
        alice.visit()
        alice.delete_cookie("sid")
        alice.visit()
        alice.advance_clock(100_000)
        alice.visit()

    events = perform(story)
    first, reconnected, planted, closed, deleted, late = requests(events)
    mine = first.set_cookies[0].partition(";")[0]
    assert first.local != reconnected.local
    assert reconnected.cookies_sent == mine
    assert planted.cookies_sent in {f"{mine}; other=x", f"other=x; {mine}"}
    assert closed.cookies_sent == mine
    assert deleted.cookies_sent is None
    assert late.cookies_sent is None
    assert [(event.change, event.detail) for event in events if isinstance(event, ClientChange)] == [
        ("arrived", "at host alice"),
        ("new connection", ""),
        ("cookie planted", "other=x"),
        ("closed browser", ""),
        ("cookie deleted", "sid"),
        ("clock moved", "100000 s later"),
    ]


def test_a_forged_header_is_sent_once_and_as_it_is(perform: Player) -> None:
    """The browser stays as it was. What HTTP cannot carry is recorded, and the story goes on."""

    def story(stage: Stage) -> None:
        (bob,) = stage.people("bob")
        bob.forge('sid="; x')
        bob.forge("sid=a\r\nX-User: alice")
        bob.visit()

    odd, split, visit = requests(perform(story))
    assert (odd.action, odd.cookies_sent, odd.status) == ("forge", 'sid="; x', 200)
    assert (split.error, split.status) == ("unsendable", None)
    assert odd.set_cookies
    assert visit.cookies_sent is None


def test_people_act_together(perform: Player) -> None:
    """Nobody begins before all are ready, so the three requests overlap; results come in the order of the steps."""

    def story(stage: Stage) -> None:
        people = stage.people("alice", "bob", "carol")
        done = stage.together(*(person.login for person in people))
        assert [request.person for request in done] == ["alice", "bob", "carol"]

    assert len(requests(perform(story))) == 3


def test_two_people_may_sit_at_one_host(here: Here, perform: Player) -> None:
    def story(stage: Stage) -> None:
        bob, mallory = stage.people("bob", "mallory@bob")
        bob.visit()
        mallory.visit()

    bob, mallory = requests(perform(story))
    assert (bob.host, mallory.host) == ("bob", "bob")
    assert mallory.cookies_sent is None
    assert "mallory" not in {process.host for process in here.processes}


def test_people_are_new_in_each_play(perform: Player) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.visit()

    for folder in ("first", "second"):
        (visit,) = requests(perform(story, folder=folder))
        assert visit.cookies_sent is None
