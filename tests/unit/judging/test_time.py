"""Finality where time is at stake: the server's clock, and replies that come late."""

from tests.unit.judging.tale import ALICE, BROKEN, FROM, HOLDS, OLD, UNKNOWN, Tale, calibrated

ISSUED = "'sid=a1f00000000000000000…' was still good for alice's GET /"


def whoami(tale: Tale, sent: str = ALICE, sighting: str = "this") -> None:
    tale.ask("alice", "forge", sent=sent, forged="a copy", sighting=sighting)


def used_up_to(*seconds: float) -> Tale:
    """Alice has logged in at 2, and the clock was moved on in these steps, after each but the last of which she came."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Max-Age=50000"], succeeded=True)
    for step in seconds[:-1]:
        tale.clock(step)
        tale.ask("alice", "whoami", sent=ALICE, gives=[f"{ALICE}; Max-Age=50000"], sighting="this")
    tale.clock(seconds[-1])
    return tale


def test_a_session_that_nobody_used_for_too_long() -> None:
    tale = used_up_to(7000, 7300)
    whoami(tale)
    finding = tale.finding("finality")
    assert (finding.verdict, finding.evidence) == (BROKEN, (4, 6))
    assert finding.sentence == f"{ISSUED} after 7200 s without use (request 6, {FROM})"


def test_a_session_that_is_used_and_too_old() -> None:
    """Each reply promised the whole Max-Age anew; the server's word is another one."""
    tale = used_up_to(*[7000] * 8)
    whoami(tale)
    finding = tale.finding("finality")
    assert finding.verdict is BROKEN
    assert finding.sentence.startswith(f"{ISSUED} after 50000 s, its whole life")


def test_what_the_server_refuses_then_holds() -> None:
    for tale in (used_up_to(7000, 7300), used_up_to(*[7000] * 8)):
        whoami(tale, sighting="anonymous")
        assert tale.finding("finality").verdict is HOLDS


def test_a_session_within_its_time_is_owed_nothing_to() -> None:
    """It may still be good, and says nothing of ended ones."""
    tale = used_up_to(7000, 7000, 7000)
    whoami(tale)
    assert tale.finding("finality").verdict is UNKNOWN


def test_a_request_from_before_the_clock_was_moved_counts_by_the_clock_of_then() -> None:
    tale = used_up_to(100)
    tale.clock(7300)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this", at=2.5, elapsed=5.0)
    assert tale.finding("finality").verdict is UNKNOWN


def logged_out(**late: object) -> Tale:
    """Alice logs out (4) while a visit (5) is under way, whose reply gives her OLD."""
    tale = calibrated(notes=False)
    tale.ask("alice", "logout", sent=ALICE, succeeded=True, gives=["sid=; Max-Age=0"], at=10.0, elapsed=1.0)
    tale.ask("alice", "visit", sent=ALICE, gives=[OLD], at=9.0, elapsed=4.0, **late)  # type: ignore[arg-type]
    return tale


def test_a_cookie_that_a_late_reply_brings_is_of_the_session_that_has_ended() -> None:
    tale = logged_out()
    tale.ask("alice", "whoami", claims="", sent=OLD, sighting="another", at=20.0)
    finding = tale.finding("finality")
    assert (finding.verdict, finding.evidence) == (BROKEN, (6, 8))
    why = "alice's logout, which a late reply undid"
    assert (
        finding.sentence
        == f"'sid=0d000000000000000000…' was still good for alice's GET /whoami after {why} (request 8, {FROM})"
    )


def test_a_late_cookie_that_is_worth_nothing() -> None:
    tale = logged_out()
    tale.ask("alice", "whoami", claims="", sent=OLD, sighting="anonymous", at=20.0)
    assert tale.finding("finality").verdict is HOLDS


def test_a_late_cookie_of_a_visitor() -> None:
    """The visit came to its turn after the logout, and the server began a session for nobody: it knows it, and lets nobody in."""
    for sighting in ("anonymous", None):
        tale = logged_out()
        tale.ask("alice", "whoami", claims="", sent=OLD, sighting=sighting, known=True, at=20.0)
        assert tale.finding("finality").verdict is HOLDS
        tale.ask("alice", "whoami", claims="", sent=OLD, sighting=sighting, known=True, user="alice", at=21.0)
        assert tale.finding("finality").verdict is BROKEN


def test_who_logs_in_on_a_late_cookie_is_logged_in() -> None:
    """A server that keeps the id at the login has another mistake, and not this one."""
    tale = logged_out()
    tale.ask("alice", "login", sent=OLD, succeeded=True, at=20.0)
    tale.ask("alice", "whoami", sent=OLD, sighting="this", at=30.0)
    assert tale.finding("finality").verdict is not BROKEN


def test_a_cookie_that_comes_to_a_request_of_after_the_logout_is_a_new_one() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "visit", claims="", sent=ALICE, gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("alice", "whoami", sent=OLD, sighting="this")
    assert tale.finding("finality").verdict is not BROKEN
