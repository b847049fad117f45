"""The invariants about people, of servers that the lab does not know: what accuses, and what does not."""

import pytest

from cookielab.judging.judge import judge
from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, NOTE_OF, SERVER, TABLET, UNKNOWN, Tale, calibrated

LOST = f"alice had logged in as alice and was then taken for nobody by GET /whoami (request 6, {FROM})"


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
    tale = calibrated(survives=survives)
    tale.ask("tablet", "login", claims="alice", gives=[TABLET], succeeded=True)
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask("tablet", "whoami", claims="alice", sent=TABLET, sighting="anonymous")
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


def test_a_reply_that_was_to_be_lost_is_nobodys_fault() -> None:
    """The login that it belonged to counts for nothing; the next one does."""
    tale = Tale("steadiness", cookies=["sid"])
    tale.ask("alice", "login", error="lost", claims="alice")
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/"], succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    (finding,) = judge(tale.end())
    assert (finding.verdict, finding.sentence) == (HOLDS, "1 answer, each to the user who had logged in")
