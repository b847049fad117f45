"""Isolation, of servers that the lab does not know: what is a leak, who is taken for another, and what is neither."""

import base64

import pytest

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, NOTE_OF, SERVER, UNKNOWN, Tale, calibrated


@pytest.mark.parametrize(
    "body",
    [
        NOTE_OF["alice"],
        "c&#45;0123456789ab",
        base64.b64encode(f"x{NOTE_OF['alice']}".encode()).decode(),
        "c%2D0123456789ab",
    ],
)
def test_a_note_of_another_user_is_a_leak_in_any_encoding(body: str) -> None:
    tale = calibrated()
    tale.ask("bob", "visit", sent=BOB, body=body)
    sentence = "bob read alice's note 'c-0123456789ab' (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 6))


def test_a_note_in_a_redirect_is_a_leak() -> None:
    tale = calibrated()
    tale.ask(
        "bob", "whoami", sent=BOB, status=302, headers=[("Location", f"/?note={NOTE_OF['alice']}")], sighting="this"
    )
    assert tale.finding("isolation").evidence == (3, 6)


def test_a_note_whose_writing_is_told_afterwards_is_a_leak() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("bob", "visit", body=NOTE_OF["alice"])
    tale.ask("alice", "write", canary=NOTE_OF["alice"], status=204)
    sentence = "bob read alice's note 'c-0123456789ab' (request 2)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 3))


def test_another_user_in_the_same_browser_must_not_see_the_first_ones_note() -> None:
    tale = calibrated()
    tale.ask("alice", "login", claims="bob", sent=ALICE, status=302, succeeded=True)
    tale.ask("alice", "read", claims="bob", sent=ALICE, sighting="this", note=NOTE_OF["alice"])
    sentence = f"bob, at the same browser, read alice's note 'c-0123456789ab' (request 7, {FROM})"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 7))


def test_the_same_user_at_another_device_and_the_same_person_logged_out_read_their_own() -> None:
    tale = calibrated()
    tale.ask("tablet", "read", claims="alice", sent="sid=t0000000000000000", sighting="this", note=NOTE_OF["alice"])
    tale.ask("alice", "visit", claims="", body=NOTE_OF["alice"])
    assert tale.finding("isolation").verdict is HOLDS


def test_a_copied_id_that_is_brought_on_purpose_opens_what_is_its_owners() -> None:
    tale = calibrated()
    tale.ask(
        "mallory",
        "forge",
        claims="",
        sent=ALICE,
        forged="a copy of alice's cookies",
        note=NOTE_OF["alice"],
        sighting="another",
    )
    assert tale.finding("isolation").verdict is HOLDS


def test_another_users_id_in_a_reply_is_a_leak() -> None:
    tale = calibrated()
    tale.ask("bob", "visit", sent=BOB, body=f"debug: {ALICE}")
    sentence = "bob was shown the id 'a1f00000000000000000…', under which alice is logged in (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 6))


def test_an_echo_and_an_id_that_is_over_are_no_leak() -> None:
    tale = calibrated()
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged="a copy", body=ALICE, sighting="another")
    tale.ask("alice", "logout", sent=ALICE, gives=["sid=; Max-Age=0"], status=302, succeeded=True)
    tale.ask("bob", "visit", sent=BOB, body=ALICE)
    assert tale.finding("isolation").verdict is HOLDS


@pytest.mark.parametrize(
    "carried",
    [{"path": f"/?{ALICE}"}, {"forged": f"a header with {ALICE}", "sent": None}, {"sent": f"{BOB}; x{ALICE}"}],
)
def test_an_echo_of_what_the_request_brought_shows_nothing(carried: dict[str, object]) -> None:
    tale = calibrated()
    tale.ask("bob", "visit", **{"sent": BOB, **carried}, body=ALICE)  # type: ignore[arg-type]
    assert tale.finding("isolation").verdict is HOLDS


def test_who_is_taken_for_another_breaks_isolation() -> None:
    tale = calibrated(notes=False)
    tale.ask("bob", "whoami", sent=BOB, sighting="another", user="alice")
    sentence = f"bob, logged in as bob, was taken for alice (request 6, {FROM})"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (4, 6))


def test_without_notes_two_who_are_themselves_are_enough() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = "2 answers, nobody was taken for another"
    assert tale.finding("isolation") == Finding("isolation", HOLDS, sentence, (5, 6))


def test_one_who_is_themselves_is_not_enough() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[ALICE], succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = "fewer than two people had a note to be leaked: nobody"
    assert tale.finding("isolation") == Finding("isolation", UNKNOWN, sentence)


def test_a_page_that_names_several_proves_nothing() -> None:
    tale = calibrated()
    tale.ask("bob", "whoami", sent=BOB, sighting="several")
    sentence = f"bob's GET /whoami: the reply speaks of several users (status 200, {SERVER}/whoami) (request 6, {FROM})"
    for invariant in ("isolation", "steadiness"):
        assert tale.finding(invariant) == Finding(invariant, UNKNOWN, sentence, (6,))


def test_who_cannot_get_at_the_login_form_while_logged_in_still_sees_their_own() -> None:
    """Many a server sends whoever is logged in home from its login page: that shows nobody anything new."""
    tale = calibrated()
    tale.ask("alice", "step", part_of="login", claims="bob", sent=ALICE, body=NOTE_OF["alice"])
    tale.ask("alice", "login", claims="bob", sent=ALICE, body=NOTE_OF["alice"], succeeded=False)
    assert tale.finding("isolation").verdict is not BROKEN
    tale.ask("alice", "login", claims="bob", sent=ALICE, body=NOTE_OF["alice"], succeeded=True)
    sentence = "bob, at the same browser, read alice's note 'c-0123456789ab' (request 8)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 8))


@pytest.mark.parametrize("text", ['["{}", "x"]', "{}", "some ids: {}!"])
def test_an_id_that_is_shown_in_base64_is_a_leak(text: str) -> None:
    tale = calibrated()
    shown = base64.b64encode(text.format(ALICE.partition("=")[2]).encode()).decode()
    tale.ask("bob", "visit", sent=BOB, headers=[("X-Debug", shown)])
    sentence = "bob was shown the id 'a1f00000000000000000…', under which alice is logged in (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 6))
