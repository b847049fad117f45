"""The invariants about people, of servers that the lab does not know: what accuses, and what does not."""

import base64

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, NOTE_OF, SERVER, Tale, calibrated

HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN
FROM = "from 198.51.100.2:40112"
LOST = f"alice had logged in as alice and was then taken for nobody by GET /whoami (request 6, {FROM})"


# isolation


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


# steadiness


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 410, 419, 440])
def test_a_session_is_lost_whatever_the_server_says_of_it(status: int) -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=status, sighting="anonymous")
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, LOST, (2, 6))


def test_what_became_of_a_lost_session_is_told_as_far_as_it_is_known() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=302, sighting="anonymous")
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = f"{LOST}: lost, the owner unharmed at the old place (request 7)"
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6, 7))


def test_a_lost_session_that_stays_lost_is_destroyed() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=302, sighting="anonymous")
    tale.ask("alice", "read", sent=ALICE, sighting="anonymous")
    assert tale.finding("steadiness").sentence == f"{LOST}: lost, and the owner's session destroyed (request 7)"


@pytest.mark.parametrize(
    ("how", "why", "status"),
    [
        ({"status": 429, "sighting": "anonymous"}, "the server asked for patience", 429),
        ({"status": 503, "headers": [("Retry-After", "9")]}, "the server asked for patience", 503),
        ({"headers": [("retry-after", "9")], "sighting": "anonymous"}, "the server asked for patience", 200),
        ({"truncated": True, "sighting": "anonymous"}, "the reply was too long and was cut", 200),
        ({"sighting": "not understood"}, "the reply was not understood", 200),
    ],
)
def test_what_is_not_understood_is_never_a_loss(how: dict[str, object], why: str, status: int) -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, **how)  # type: ignore[arg-type]
    place = f"(request 6, {FROM})" if "sighting" in how else "(request 6)"
    sentence = f"alice's GET /whoami: {why} (status {status}, {SERVER}/whoami) {place}"
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, sentence, (6,))


def test_a_failure_without_a_word_of_patience_is_a_break() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=503, sighting="error")
    sentence = f"alice's GET /whoami got status 503 (request 6, {FROM})"
    for invariant in ("steadiness", "continuity"):
        assert tale.finding(invariant) == Finding(invariant, BROKEN, sentence, (6,))


def test_a_refused_write_of_who_is_still_known_is_a_break() -> None:
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary="c-000000000000", status=403, succeeded=False)
    assert tale.finding("steadiness").verdict is UNKNOWN
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = "alice's PUT /note was refused with status 403 (request 6): kept, but writes refused"
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6, 7))


def test_logout_and_ones_own_losses_end_what_is_owed() -> None:
    tale = calibrated()
    tale.ask(
        "alice", "logout", sent=ALICE, gives=["sid=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], succeeded=True
    )
    tale.ask("alice", "whoami", claims="", sighting="anonymous")
    tale.change("bob", "closed browser")
    tale.ask("bob", "whoami", sighting="anonymous")
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, "nobody logged in and was seen again")


def test_a_cookie_of_another_path_is_another_cookie() -> None:
    """The shop's deletion of its own sid leaves the forum's; what is not sent to a path is not lost by that."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=["sid=forum0000; Path=/", "sid=shop00000; Path=/shop"], succeeded=True)
    tale.ask(
        "alice", "visit", sent="sid=shop00000; sid=forum0000", gives=["sid=; Path=/shop; Max-Age=0"], path="/shop/"
    )
    tale.change("alice", "closed browser")
    tale.ask("alice", "whoami", sent="sid=forum0000", sighting="anonymous")
    assert tale.finding("steadiness").verdict is BROKEN


@pytest.mark.parametrize(("survives", "verdict"), [(None, UNKNOWN), ((), UNKNOWN), (("restart",), BROKEN)])
def test_a_restart_ends_sessions_unless_the_profile_promises_otherwise(
    survives: tuple[str, ...] | None, verdict: Verdict
) -> None:
    tale = calibrated(survives=survives)
    tale.restart()
    tale.ask("alice", "whoami", sent=ALICE, sighting="anonymous")
    assert tale.finding("steadiness").verdict is verdict


def test_an_old_id_that_opens_anothers_session_after_a_restart_breaks_isolation() -> None:
    tale = calibrated()
    tale.restart()
    tale.ask("alice", "whoami", sent=ALICE, sighting="another", user="bob")
    assert tale.finding("isolation").verdict is BROKEN


@pytest.mark.parametrize(("survives", "verdict"), [(None, UNKNOWN), ((), UNKNOWN), (("password",), BROKEN)])
def test_a_changed_password_ends_other_sessions_unless_the_profile_promises_otherwise(
    survives: tuple[str, ...] | None, verdict: Verdict
) -> None:
    tablet = "sid=7ab1e700000000000000000000000000"
    tale = calibrated(survives=survives)
    tale.ask("tablet", "login", claims="alice", gives=[tablet], succeeded=True)
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask("tablet", "whoami", claims="alice", sent=tablet, sighting="anonymous")
    assert tale.finding("steadiness").verdict is verdict


@pytest.mark.parametrize(("person", "id_"), [("alice", ALICE), ("bob", BOB)])
def test_a_changed_password_is_no_excuse_for_other_losses(person: str, id_: str) -> None:
    """Neither whoever changes it nor another user."""
    tale = calibrated()
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask(person, "whoami", sent=id_, sighting="anonymous")
    assert tale.finding("steadiness").verdict is BROKEN


def test_only_the_same_persons_next_sighting_tells_what_became_of_a_session() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, status=302, sighting="anonymous")
    tale.ask("bob", "whoami", sent=BOB, sighting="this")
    tale.ask("alice", "visit", sent=ALICE, sighting="this")
    tale.ask("alice", "whoami", sent=ALICE, status=429, sighting="anonymous")
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, LOST, (2, 6))


def test_a_login_that_fails_is_unknown_with_its_reason() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", status=403, succeeded=False)
    sentence = "alice could not log in: status 403 at POST /login (request 2)"
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, sentence, (2,))


def test_who_is_locked_out_by_a_neighbour_has_been_wronged() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("mallory", "login", claims="nobody", status=401, succeeded=False, forged="a wrong password")
    tale.ask("alice", "login", status=429, succeeded=False)
    sentence = (
        "alice could log in (request 2), and no more after mallory had failed to (request 7): status 429 (request 8)"
    )
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 7, 8))


def test_a_limit_on_failures_with_ones_own_account_is_right() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("mallory", "login", claims="alice", status=401, succeeded=False, forged="a wrong password")
    tale.ask("alice", "login", status=429, succeeded=False)
    assert tale.finding("steadiness").verdict is UNKNOWN


# continuity


@pytest.mark.parametrize(
    ("status", "got"), [(302, "nothing: status 302"), (404, "nothing: status 404"), (200, "something else")]
)
def test_ones_own_note_that_does_not_come_back_is_a_break(status: int, got: str) -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, status=status)
    sentence = f"alice wrote 'c-0123456789ab' and then read {got} (request 6)"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 6))


def test_a_note_may_be_found_anywhere_in_the_reply() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, body=f"<textarea>{NOTE_OF['alice'].replace('-', '&#45;')}</textarea>")
    assert tale.finding("continuity").verdict is HOLDS


def test_a_rate_limit_is_no_loss_of_a_note() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, status=429)
    sentence = f"alice's GET /note: the server asked for patience (status 429, {SERVER}/note) (request 6)"
    assert tale.finding("continuity") == Finding("continuity", UNKNOWN, sentence, (6,))


def test_after_a_new_login_the_old_note_is_not_owed_but_counts() -> None:
    """Where notes live in the session they are gone with it."""
    tale = calibrated()
    tale.ask("alice", "login", sent=ALICE, gives=["sid=a3f00000000000000000000000000003"], succeeded=True)
    tale.ask("alice", "read", sent="sid=a3f00000000000000000000000000003", note="")
    assert tale.finding("continuity").verdict is UNKNOWN
    tale.ask("alice", "read", sent="sid=a3f00000000000000000000000000003", note=NOTE_OF["alice"])
    assert tale.finding("continuity").verdict is HOLDS


def test_who_cannot_get_at_the_login_form_while_logged_in_still_sees_their_own() -> None:
    """Many a server sends whoever is logged in home from its login page: that shows nobody anything new."""
    tale = calibrated()
    tale.ask("alice", "step", part_of="login", claims="bob", sent=ALICE, body=NOTE_OF["alice"])
    tale.ask("alice", "login", claims="bob", sent=ALICE, body=NOTE_OF["alice"], succeeded=False)
    assert tale.finding("isolation").verdict is not BROKEN
    tale.ask("alice", "login", claims="bob", sent=ALICE, body=NOTE_OF["alice"], succeeded=True)
    sentence = "bob, at the same browser, read alice's note 'c-0123456789ab' (request 8)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 8))


@pytest.mark.parametrize("invariant", ["steadiness", "continuity"])
def test_a_login_elsewhere_may_end_the_same_users_session(invariant: str) -> None:
    """One session a user is a design; a session that ends when somebody else logs in is a loss."""
    tale = calibrated()
    tale.ask("tablet", "login", claims="alice", gives=["sid=t0000000000000000"], status=302, succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="anonymous")
    tale.ask("alice", "read", sent=ALICE, status=401, succeeded=False)
    assert tale.finding(invariant).verdict is not BROKEN
    tale.ask("bob", "whoami", sent=BOB, sighting="anonymous")
    tale.ask("bob", "read", sent=BOB, status=401, succeeded=False)
    assert tale.finding(invariant).verdict is BROKEN


def test_a_login_elsewhere_makes_nobody_of_the_user_another() -> None:
    tale = calibrated()
    tale.ask("tablet", "login", claims="alice", gives=["sid=t0000000000000000"], status=302, succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="another", user="bob")
    assert tale.finding("steadiness").verdict is BROKEN


@pytest.mark.parametrize("text", ['["{}", "x"]', "{}", "some ids: {}!"])
def test_an_id_that_is_shown_in_base64_is_a_leak(text: str) -> None:
    tale = calibrated()
    shown = base64.b64encode(text.format(ALICE.partition("=")[2]).encode()).decode()
    tale.ask("bob", "visit", sent=BOB, headers=[("X-Debug", shown)])
    sentence = "bob was shown the id 'a1f00000000000000000…', under which alice is logged in (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 6))
