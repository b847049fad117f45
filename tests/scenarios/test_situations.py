"""The situations of some scenarios come about as they are told: what was sent, by whom, and what came back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from cookielab.judging.events import ClientChange, Request
from cookielab.judging.result import Result
from scenarios.b_cookie_header.port_overwrite import USUAL
from tests.scenarios.theatre import Theatre, of

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def theatre(lab: Engine, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return of(lab, Path(tmp_path_factory.getbasetemp()))


def asked(result: Result, person: str, action: str = "") -> Iterator[Request]:
    """What this person asked, of one kind or at all."""
    for event in result.events:
        if isinstance(event, Request) and event.person == person and action in {"", event.action}:
            yield event


def users(result: Result, person: str) -> list[str | None]:
    return [event.view.user for event in asked(result, person, "whoami") if event.view]


def test_a_browser_of_another_make_is_kept_apart_and_an_updated_one_is_a_stranger(theatre: Theatre) -> None:
    result = theatre.row("fingerprint")["by_fingerprint"]
    assert users(result, "carol") == ["carol"]
    assert users(result, "alice") == ["bob", None]
    made = [event.detail for event in result.events if isinstance(event, ClientChange) and event.change == "browser"]
    assert made[0] == made[1] != made[2]


def test_the_next_reader_has_the_browser_as_it_was_left(theatre: Theatre) -> None:
    row = theatre.row("remember-me")
    (reader,) = asked(row["one_lifetime"], "the next reader", "whoami")
    (login, *_) = asked(row["one_lifetime"], "alice at the library", "login")
    assert reader.cookies_sent == login.set_cookies[0].partition(";")[0]
    (reader,) = asked(row["session_table"], "the next reader", "whoami")
    assert reader.cookies_sent is None
    lasting, brief = (
        next(asked(row["session_table"], name, "login")).set_cookies[0] for name in ("alice", "alice at the library")
    )
    assert ("Max-Age=2592000" in lasting, "Max-Age" in brief) == (True, False)


def test_a_lost_reply_has_done_its_work_at_the_server_alone(theatre: Theatre) -> None:
    """1. The first login gets no answer. 2. The second one brings the same old id. 3. A grace opens that at once."""
    row = theatre.row("lost-login-reply")
    for handler in ("open_grace", "session_table"):
        first, second, *_ = asked(row[handler], "alice", "login")
        assert (first.status, first.error, second.status) == (None, "lost", 200)
        assert first.cookies_sent == second.cookies_sent
    taken = {name: next(asked(row[name], "mallory", "forge")).view for name in ("open_grace", "session_table")}
    assert {name: view and view.user for name, view in taken.items()} == {"open_grace": "alice", "session_table": None}


def test_the_neighbour_sets_what_it_is_told_to(theatre: Theatre) -> None:
    overwritten = theatre.row("port-overwrite")["shared_name"]
    there = next(asked(overwritten, "alice", "neighbour"))
    assert tuple(line.partition("=")[0] for line in there.set_cookies) == USUAL
    planted = theatre.row("port-planting")["client_chosen"]
    there, visit = next(asked(planted, "alice", "neighbour")), next(asked(planted, "alice", "visit"))
    assert visit.cookies_sent == there.set_cookies[0].partition(";")[0]


def test_more_cookies_than_eight_kilobytes_are_sent(theatre: Theatre) -> None:
    sent = [len(event.cookies_sent or "") for event in asked(theatre.row("oversize")["session_table"], "alice")]
    assert len([length for length in sent if length > 8 * 1024]) >= 4
