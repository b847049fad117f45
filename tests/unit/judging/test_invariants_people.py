"""The invariants about people, each on histories small enough to judge in one's head."""

import pytest

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import BROKEN, HOLDS, UNKNOWN, Tale, two_who_write

# isolation


def test_isolation_holds_while_everybody_reads_their_own() -> None:
    tale = two_who_write()
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-alice")
    tale.ask("bob", "read", sent="sid=B", user="bob", note="c-bob")
    assert tale.finding("isolation") == Finding("isolation", HOLDS, "2 answers, none with another's note", (6, 7))


def test_isolation_is_broken_by_anothers_canary_in_a_body() -> None:
    """The finding names who read whose note, in which request, from where."""
    tale = two_who_write()
    tale.ask("bob", "read", sent="sid=B", user="alice", note="c-alice")
    sentence = "bob read alice's note 'c-alice' (request 6, from 198.51.100.2:40112)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 6))


def test_isolation_is_broken_by_anothers_canary_in_a_header() -> None:
    tale = two_who_write()
    tale.ask("bob", "whoami", sent="sid=B", gives=["last=c-alice"], user="bob")
    assert tale.finding("isolation").verdict is BROKEN


def test_isolation_is_broken_even_by_a_note_whose_acknowledgement_was_lost() -> None:
    """What leaks was stored, whether its writer has heard of that or not; one writer is enough to break it."""
    tale = Tale()
    tale.ask("alice", "write", error="reset", canary="c-alice")
    tale.ask("bob", "read", user="alice", note="c-alice")
    assert tale.finding("isolation").verdict is BROKEN


def test_isolation_is_unknown_while_only_one_person_has_written() -> None:
    tale = Tale()
    tale.ask("alice", "write", canary="c-alice", user="alice", note="c-alice")
    tale.ask("alice", "read", user="alice", note="c-alice")
    tale.ask("bob", "write", canary="c-bob", status=401, user=None)
    finding = tale.finding("isolation")
    assert (finding.verdict, finding.sentence) == (UNKNOWN, "fewer than two people had a note to be leaked: alice")


def test_isolation_is_unknown_while_nobody_has_read() -> None:
    tale = two_who_write()
    tale.ask("alice", "read", sent="sid=A", status=401, user=None)
    assert tale.finding("isolation").verdict is UNKNOWN


# continuity


def test_continuity_holds_for_a_note_read_back() -> None:
    tale = two_who_write()
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-alice")
    assert tale.finding("continuity").verdict is HOLDS


@pytest.mark.parametrize(
    ("status", "note", "got"),
    [(200, "c-bob", "'c-bob'"), (200, None, "nothing"), (401, None, "nothing: status 401")],
)
def test_continuity_is_broken_when_ones_own_note_does_not_come_back(status: int, note: str | None, got: str) -> None:
    tale = two_who_write()
    tale.ask("alice", "read", sent="sid=A", status=status, user=None, note=note)
    finding = tale.finding("continuity")
    sentence = f"alice wrote 'c-alice' and then read {got} (request 6, from 198.51.100.2:40112)"
    assert finding == Finding("continuity", BROKEN, sentence, (2, 3, 6))


def test_continuity_asks_for_the_latest_note() -> None:
    tale = two_who_write()
    tale.ask("alice", "write", sent="sid=A", canary="c-newer", user="alice", note="c-newer")
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-alice")
    assert tale.finding("continuity").verdict is BROKEN


def test_continuity_owes_nothing_after_logout() -> None:
    tale = two_who_write()
    tale.ask("alice", "logout", sent="sid=A", gives=["sid=; Max-Age=0"], user=None)
    tale.ask("alice", "read", status=401, user=None)
    assert tale.finding("continuity").verdict is UNKNOWN


def test_continuity_counts_visits_on_from_the_persons_own() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A; Max-Age=9"], visits=1)
    tale.ask("bob", "visit", gives=["sid=B"], visits=1)
    tale.ask("alice", "visit", sent="sid=A", visits=2)
    tale.ask("alice", "login", sent="sid=A", gives=["sid=A2; Max-Age=9"], user="alice")
    tale.ask("alice", "visit", sent="sid=A2", visits=3)
    assert tale.finding("continuity").verdict is HOLDS


def test_continuity_is_broken_when_a_newcomer_is_taken_for_somebody() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], visits=1)
    tale.ask("bob", "visit", gives=["sid=A"], visits=2)
    sentence = "bob came as somebody new and was counted as visit 2 instead of 1 (request 3, from 198.51.100.2:40112)"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (3,))


@pytest.mark.parametrize("gives", [["sid=A"], []])
def test_continuity_is_broken_when_somebody_who_comes_back_is_a_stranger(gives: list[str]) -> None:
    """Also where the server gave nothing to bring back: how it recognises people is its own affair."""
    tale = Tale()
    tale.ask("alice", "visit", gives=gives, visits=1)
    tale.ask("alice", "visit", sent="; ".join(gives) or None, visits=1)
    assert tale.finding("continuity").sentence.startswith("alice came back and was counted as visit 1 instead of 2")


def test_continuity_is_broken_when_the_browser_refuses_the_servers_cookie() -> None:
    """She has done nothing to lose it, so she may expect to be known."""
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A; Domain=elsewhere.test"], visits=1)
    tale.ask("alice", "visit", sent=None, visits=1)
    assert tale.finding("continuity").verdict is BROKEN


@pytest.mark.parametrize("change", ["closed browser", "clock moved", "cookie deleted"])
def test_continuity_sees_somebody_new_in_who_has_lost_the_cookie(change: str) -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], visits=1)
    tale.change("alice", change)
    tale.ask("alice", "visit", gives=["sid=A2"], visits=1)
    assert tale.finding("continuity").verdict is HOLDS
    tale.change("alice", change)
    tale.ask("alice", "visit", visits=2)
    assert tale.finding("continuity").verdict is BROKEN


def test_continuity_knows_when_a_cookies_time_is_over() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A; Max-Age=60"], visits=1)
    tale.ask("alice", "visit", gives=["sid=A2"], visits=1, at=100.0)
    assert tale.finding("continuity").verdict is HOLDS


def test_continuity_expects_nothing_of_a_visit_with_a_planted_value() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], visits=1)
    tale.change("alice", "cookie planted")
    tale.ask("alice", "visit", sent="sid=planted", visits=1)
    finding = tale.finding("continuity")
    assert (finding.verdict, finding.evidence) == (HOLDS, (2,))


@pytest.mark.parametrize(("error", "got"), [("empty_reply", "an empty reply"), ("reset", "a reset connection")])
@pytest.mark.parametrize("invariant", ["continuity", "steadiness"])
def test_an_honest_request_that_is_dropped_breaks(invariant: str, error: str, got: str) -> None:
    tale = Tale()
    tale.ask("alice", "visit", sent="mycookie=1", error=error)
    assert tale.finding(invariant) == Finding(invariant, BROKEN, f"alice's GET / got {got} (request 2)", (2,))


@pytest.mark.parametrize("invariant", ["continuity", "steadiness"])
def test_an_honest_request_at_which_the_server_fails_breaks(invariant: str) -> None:
    """501 is an answer: the server does not offer this. So is 404."""
    tale = Tale()
    tale.ask("alice", "login", status=501)
    tale.ask("alice", "whoami", status=404)
    assert tale.finding(invariant).verdict is UNKNOWN
    tale.ask("alice", "read", status=502)
    assert tale.finding(invariant).sentence == "alice's GET /note got status 502 (request 4)"


@pytest.mark.parametrize("invariant", ["continuity", "steadiness"])
def test_a_time_out_breaks_nothing(invariant: str) -> None:
    """The network may have lost it."""
    tale = Tale()
    tale.ask("alice", "visit", error="timeout")
    assert tale.finding(invariant).verdict is UNKNOWN


# durability


def test_durability_holds_until_the_next_write() -> None:
    tale = two_who_write()
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-alice")
    tale.ask("alice", "write", sent="sid=A", canary="c-2", user="alice", note="c-2")
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-2")
    assert tale.finding("durability").verdict is HOLDS


def test_durability_is_broken_by_a_write_that_is_gone() -> None:
    """It is the user's note, so it is still there after logout and a new login."""
    tale = two_who_write()
    tale.ask("alice", "logout", sent="sid=A", user=None)
    tale.ask("alice", "login", gives=["sid=A2"], user="alice")
    tale.ask("alice", "read", sent="sid=A2", user="alice", note=None)
    sentence = "alice's note 'c-alice' was acknowledged, a later read gave nothing (request 8, from 198.51.100.2:40112)"
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (3, 8))


def two_at_once() -> Tale:
    """Two writes of Alice's that overlap: either may be the last one."""
    tale = Tale()
    tale.ask("alice", "write", canary="c-1", user="alice", at=10.0, elapsed=5.0)
    tale.ask("alice", "write", canary="c-2", user="alice", at=11.0, elapsed=1.0)
    return tale


@pytest.mark.parametrize("last", ["c-1", "c-2"])
def test_durability_takes_either_of_two_writes_that_overlap(last: str) -> None:
    tale = two_at_once()
    for number in range(2):
        tale.ask("alice", "read", user="alice", note=last, at=20.0 + number)
    assert tale.finding("durability").verdict is HOLDS
    tale.ask("alice", "read", user="alice", note="c-0", at=30.0)
    assert tale.finding("durability").verdict is BROKEN


def test_durability_is_broken_by_two_writes_that_are_read_in_turns() -> None:
    """One of them was the last one, whichever (Wing and Gong's check, by the zones of Gibbons and Korach)."""
    tale = two_at_once()
    for number, note in enumerate(["c-2", "c-1", "c-2"]):
        tale.ask("alice", "read", user="alice", note=note, at=20.0 + number)
    sentence = (
        "alice's notes 'c-2' and 'c-1' were current in turns (requests 3, 2, 6): "
        "no order of the two writes explains what was read"
    )
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (2, 3, 5, 6))


def test_durability_says_nothing_of_reads_that_are_not_that_users() -> None:
    """Refused reads, and reads as somebody else, are the business of other invariants."""
    tale = two_who_write()
    tale.ask("alice", "read", status=401, user=None)
    tale.ask("alice", "read", user="bob", note="c-bob")
    assert tale.finding("durability").verdict is UNKNOWN


# steadiness


def test_steadiness_holds_while_the_server_knows_who_logged_in() -> None:
    tale = two_who_write()
    tale.ask("alice", "whoami", sent="sid=A", user="alice")
    tale.change("alice", "new connection")
    tale.ask("alice", "read", sent="sid=A", user="alice", note="c-alice")
    assert tale.finding("steadiness").evidence == (6, 8)


@pytest.mark.parametrize(("user", "taken"), [("bob", "taken for bob"), (None, "taken for nobody by GET /whoami")])
def test_steadiness_is_broken_by_any_other_user(user: str | None, taken: str) -> None:
    tale = two_who_write()
    tale.ask("alice", "whoami", sent="sid=A", user=user, known=False)
    sentence = f"alice had logged in as alice and was then {taken} (request 6, from 198.51.100.2:40112)"
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6))


def test_steadiness_is_broken_by_a_refusal_from_a_server_that_tells_nothing_of_itself() -> None:
    tale = two_who_write()
    tale.ask("alice", "whoami", sent="sid=A", status=403)
    assert tale.finding("steadiness").verdict is BROKEN


@pytest.mark.parametrize("gives", [["sid=A"], []])
def test_steadiness_ends_with_the_browser_that_loses_the_cookie(gives: list[str]) -> None:
    """Where the server gave no cookie nobody can tell what closing the browser ought to do, so nothing is asked."""
    tale = Tale()
    tale.ask("alice", "login", gives=gives, user="alice")
    tale.change("alice", "closed browser")
    tale.ask("alice", "whoami", known=False, user=None)
    assert tale.finding("steadiness").verdict is UNKNOWN


def test_steadiness_outlives_a_browser_that_keeps_the_cookie() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A; Max-Age=900"], user="alice")
    tale.change("alice", "closed browser")
    tale.ask("alice", "whoami", sent="sid=A", known=False, user=None)
    assert tale.finding("steadiness").verdict is BROKEN


def test_steadiness_does_not_excuse_a_cookie_that_another_has_overwritten() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], user="alice")
    tale.change("alice", "cookie planted")
    tale.ask("alice", "whoami", sent="sid=other", known=False, user=None)
    assert tale.finding("steadiness").verdict is BROKEN


def test_steadiness_begins_anew_with_another_person_at_the_client() -> None:
    tale = two_who_write()
    tale.change("alice", "arrived")
    tale.ask("alice", "whoami", known=False, user=None)
    assert tale.finding("steadiness").verdict is UNKNOWN
