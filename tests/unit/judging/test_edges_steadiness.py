"""Edges of steadiness that mutants of the judge have shown: each was held by no other test."""

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, NOTE_OF, SERVER, UNKNOWN, Tale, calibrated


def test_what_became_of_a_lost_session_is_told_once() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=302, sighting="anonymous")
    for _ in range(2):
        tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = (
        f"alice had logged in as alice and was then taken for nobody by GET /whoami (request 6, {FROM})"
        ": lost, the owner unharmed at the old place (request 7)"
    )
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6, 7))


def test_who_is_taken_for_a_user_by_name() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, sighting="another", user="bob")
    sentence = f"alice had logged in as alice and was then taken for bob (request 6, {FROM})"
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6))


def test_each_sighting_of_oneself_is_counted() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness") == Finding(
        "steadiness", HOLDS, "1 answer, each to the user who had logged in", (6,)
    )
    tale.ask("alice", "read", sent=ALICE, note=NOTE_OF["alice"])
    sentence = "2 answers, each to the user who had logged in"
    assert tale.finding("steadiness") == Finding("steadiness", HOLDS, sentence, (6, 7))


@pytest.mark.parametrize(("action", "sighting"), [("whoami", None), ("read", "error")])
def test_a_note_is_a_sign_only_on_its_own_page_and_where_the_reply_says_nothing_else(
    action: str, sighting: str | None
) -> None:
    tale = calibrated()
    tale.ask("alice", action, sent=ALICE, note=NOTE_OF["alice"], sighting=sighting)
    assert tale.finding("steadiness").verdict is UNKNOWN


def test_a_note_that_was_not_stored_for_want_of_an_answer_leaves_it_open() -> None:
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary="c-000000000000", error="timeout")
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = f"alice's PUT /note: the note was not stored (no answer: timeout, {SERVER}/note) (request 6)"
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, sentence, (6,))


@pytest.mark.parametrize(("status", "verdict"), [(299, HOLDS), (300, BROKEN), (499, BROKEN), (501, HOLDS)])
def test_what_refuses_a_write(status: int, verdict: Verdict) -> None:
    """501 says that the server offers no such thing."""
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary="c-000000000000", status=status, succeeded=False)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness").verdict is verdict


def test_a_login_that_works_the_next_time_leaves_no_doubt() -> None:
    tale = Tale(cookies=["sid"])
    for succeeded in (False, True):
        tale.ask("alice", "login", gives=[ALICE], status=200, succeeded=succeeded)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness").verdict is HOLDS


def test_who_is_logged_in_already_is_not_barred() -> None:
    tale = calibrated()
    tale.ask("alice", "login", sent=ALICE, status=403, succeeded=False)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness").verdict is HOLDS


def test_of_a_server_that_tells_of_itself_a_failed_login_leaves_no_doubt() -> None:
    tale = Tale()
    tale.ask("alice", "login", status=401, user=None)
    tale.ask("bob", "login", gives=[BOB], user="bob")
    tale.ask("bob", "whoami", sent=BOB, user="bob")
    assert tale.finding("steadiness").verdict is HOLDS


@pytest.mark.parametrize("error", ["reset", "empty_reply", "timeout"])
def test_what_a_network_in_trouble_has_swallowed_is_laid_to_nobody(error: str) -> None:
    """The same answers with a network that is whole break steadiness, or leave it unknown."""
    lost = calibrated(survives=["lost-reply"])
    lost.ask("alice", "whoami", sent=ALICE, error=error, trouble="replies get lost")
    lost.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = "1 answer, each to the user who had logged in"
    assert lost.finding("steadiness") == Finding("steadiness", HOLDS, sentence, (7,))
    whole = calibrated()
    whole.ask("alice", "whoami", sent=ALICE, error=error)
    whole.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert whole.finding("steadiness").verdict is (UNKNOWN if error == "timeout" else BROKEN)


def test_a_session_that_ends_with_a_lost_reply_is_judged_where_that_is_promised() -> None:
    """A request that never arrived ends nothing, whatever is promised."""
    for survives, trouble, verdict in (
        (["lost-reply"], "replies get lost", BROKEN),
        (None, "replies get lost", UNKNOWN),
        (None, "requests get lost", BROKEN),
    ):
        tale = calibrated(survives=survives)
        tale.ask("alice", "whoami", sent=ALICE, error="timeout", trouble=trouble)
        tale.ask("alice", "whoami", sent=ALICE, status=302, sighting="anonymous")
        assert tale.finding("steadiness").verdict is verdict, (survives, trouble)


def test_a_write_without_a_reply_may_have_been_done_or_not() -> None:
    """1. the old note is read 2. then the one whose reply was lost: both are explained. What was acknowledged counts."""
    new = "c-111111111111"
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary=new, error="timeout", trouble="replies get lost")
    tale.ask("alice", "read", sent=ALICE, sighting="this", note=NOTE_OF["alice"])
    tale.ask("alice", "read", sent=ALICE, sighting="this", note=new)
    assert tale.finding("durability").verdict is HOLDS
    tale.ask("alice", "read", sent=ALICE, sighting="this", body="no note")
    assert tale.finding("durability").verdict is BROKEN
