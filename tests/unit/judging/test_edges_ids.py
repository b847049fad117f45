"""Edges of uniqueness, finality and authenticity that mutants of the judge have shown: each was held by no other test."""

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import ALICE, BROKEN, FROM, HOLDS, OLD, TABLET, UNKNOWN, Tale, calibrated

# uniqueness


def test_a_copy_that_is_brought_on_purpose_is_not_shared_whatever_is_done_with_it() -> None:
    tale = calibrated(notes=False)
    tale.ask("bob", "whoami", sent=ALICE, forged="a copy", sighting="this")
    sentence = "2 sessions of users, no two under the same id"
    assert tale.finding("uniqueness") == Finding("uniqueness", HOLDS, sentence, (2, 4))


def test_a_session_of_two_cookies_is_the_same_in_any_order() -> None:
    tale = Tale(cookies=["sid", "kind"])
    tale.ask("alice", "whoami", sent="sid=a; kind=member", sighting="this")
    tale.ask("bob", "whoami", sent="kind=member; sid=a", sighting="this")
    sentence = f"'kind=member; sid=a' was alice's session (request 2) and is bob's as well (request 3, {FROM})"
    assert tale.finding("uniqueness") == Finding("uniqueness", BROKEN, sentence, (2, 3))


def test_an_id_is_that_of_the_last_user_at_its_browser() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("laptop", "login", claims="alice", gives=[ALICE], succeeded=True)
    tale.ask("laptop", "login", claims="bob", sent=ALICE, succeeded=True)
    tale.ask("phone", "whoami", claims="bob", sent=ALICE, sighting="this")
    sentence = "1 session of users, no two under the same id"
    assert tale.finding("uniqueness") == Finding("uniqueness", HOLDS, sentence, (2,))


def test_ids_of_visitors_count_where_the_server_says_that_it_knows_them() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", gives=["sid=1"], known=False)
    assert tale.finding("uniqueness") == Finding("uniqueness", HOLDS, "1 id issued, no two alike", (2,))


# finality


def test_a_request_of_the_same_moment_was_not_sent_afterwards() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "logout", sent=ALICE, succeeded=True, at=10.0, elapsed=2.0)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="this", at=12.0)
    assert tale.finding("finality").verdict is UNKNOWN
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="this", at=12.5)
    assert tale.finding("finality").evidence == (6, 8)


def test_a_note_that_is_written_with_an_ended_id_may_be_echoed() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "write", claims="", sent=ALICE, canary="c-000000000000", body="c-000000000000", succeeded=False)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="anonymous")
    sentence = "2 requests with an ended id, none got in"
    assert tale.finding("finality") == Finding("finality", HOLDS, sentence, (7, 8))


def test_of_a_server_that_tells_of_itself_the_id_that_a_login_keeps_is_not_asked_for() -> None:
    tale = Tale()
    tale.ask("alice", "visit", claims="", gives=[OLD], known=False)
    tale.ask("alice", "login", sent=OLD, user="alice")
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="a copy", known=True, user="alice")
    assert tale.finding("finality") == Finding("finality", UNKNOWN, "no ended id was tried again")


def kept() -> Tale:
    """The login (3) keeps the id from before (2), and gives another cookie."""
    tale = Tale(cookies=["kind", "sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, gives=["kind=member"], succeeded=True)
    return tale


def test_each_of_several_session_cookies_is_looked_at() -> None:
    tale = kept()
    tale.ask("alice", "forge", sent=f"kind=member; {OLD}", forged="a copy", sighting="this")
    assert tale.finding("finality").evidence == (3, 4)


def test_a_kept_id_that_is_refused_to_others_is_counted() -> None:
    tale = kept()
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="a copy", sighting="anonymous")
    assert tale.finding("finality") == Finding("finality", HOLDS, "1 request with an ended id, none got in", (4,))


def test_a_changed_password_is_not_undone_by_the_same_cookie_once_more() -> None:
    tale = calibrated(survives=(), notes=False)
    tale.ask("tablet", "login", claims="alice", gives=[TABLET], succeeded=True)
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask("tablet", "visit", claims="", gives=[TABLET])
    tale.ask("tablet", "forge", claims="", sent=TABLET, forged="a copy", sighting="this")
    sentence = (
        "'sid=7ab1e700000000000000…' was still good for tablet's GET / "
        f"after alice's change of the password (request 9, {FROM})"
    )
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (7, 9))


def test_an_id_that_has_expired() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[f"{OLD}; Max-Age=60"])
    tale.ask("alice", "forge", claims="", sent=OLD, forged="a copy", sighting="this", at=100.0)
    sentence = f"'sid=0d000000000000000000…' was still good for alice's GET / after it had expired (request 3, {FROM})"
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (2, 3))


def test_a_login_that_goes_back_to_an_older_id_ends_the_newer_one() -> None:
    """What it gives has been issued before, so it is not new; but it takes the place of the other."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[ALICE])
    tale.ask("alice", "visit", claims="", sent=ALICE, gives=[OLD])
    tale.ask("alice", "login", sent=OLD, gives=[ALICE], succeeded=True)
    tale.ask("alice", "forge", sent=OLD, forged="the id from before", sighting="this")
    sentence = f"'sid=0d000000000000000000…' was still good for alice's GET / after alice's login (request 5, {FROM})"
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (4, 5))


def test_a_planted_id_that_a_login_keeps_is_not_ended_by_it() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("mallory", "visit", claims="", gives=[OLD])
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("alice", "whoami", sent=OLD, sighting="this")
    assert tale.finding("finality") == Finding("finality", UNKNOWN, "no ended id was tried again")
