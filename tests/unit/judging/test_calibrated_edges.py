"""What mutants of the judge have shown that no other test holds: each rule's edges, of servers that the lab does not know."""

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, NOTE_OF, OLD, SERVER, UNKNOWN, Tale, calibrated


@pytest.mark.parametrize(("person", "claims"), [("tablet", "alice"), ("alice", "bob")])
def test_ones_own_id_is_shown_to_oneself(person: str, claims: str) -> None:
    """To the same user at another device, and to the same browser whoever it is now."""
    tale = calibrated()
    tale.ask(person, "visit", claims=claims, body=ALICE)
    assert tale.finding("isolation").verdict is HOLDS


@pytest.mark.parametrize("length", [8, 18, 19, 20])
def test_an_id_of_any_length_is_found_in_prose(length: int) -> None:
    """Long ones are looked for only where letters stand close together, short ones everywhere."""
    tale = calibrated()
    id_ = "k3" * (length // 2) + "z" * (length % 2)
    tale.ask("carol", "login", gives=[f"sid={id_}; Path=/"], status=302, succeeded=True)
    tale.ask("bob", "visit", sent=BOB, body=f"a page of short words with {id_} in it")
    sentence = f"bob was shown the id '{id_}', under which carol is logged in (request 7)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (6, 7))


def test_an_unnamed_user_is_another_all_the_same() -> None:
    tale = calibrated()
    tale.ask("mallory", "whoami", claims="", sighting="another")
    sentence = f"mallory, not logged in, was taken for another user (request 6, {FROM})"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (6,))


def test_who_is_taken_for_another_has_lost_their_session() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE, sighting="another")
    sentence = f"alice had logged in as alice and was then taken for another user (request 6, {FROM})"
    assert tale.finding("steadiness") == Finding("steadiness", BROKEN, sentence, (2, 6))


@pytest.mark.parametrize(("note", "verdict"), [(NOTE_OF["alice"], HOLDS), (NOTE_OF["bob"], UNKNOWN)])
def test_ones_own_note_is_a_sighting_where_a_page_says_nothing_else(note: str, verdict: Verdict) -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, note=note)
    assert tale.finding("steadiness").verdict is verdict


def test_a_page_that_says_nothing_of_anybody_is_unknown() -> None:
    tale = calibrated()
    tale.ask("alice", "whoami", sent=ALICE)
    sentence = f"alice's GET /whoami: the reply says of nobody who they are (status 200, {SERVER}/whoami) (request 6)"
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, sentence, (6,))


def test_a_write_that_works_the_next_time_was_not_refused() -> None:
    tale = calibrated()
    for succeeded in (False, True):
        tale.ask("alice", "write", sent=ALICE, canary="c-000000000000", status=302, succeeded=succeeded)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness").verdict is HOLDS


def test_a_write_that_must_wait_is_not_refused() -> None:
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary="c-000000000000", status=429, succeeded=False)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    sentence = f"alice's PUT /note: the server asked for patience (status 429, {SERVER}/note) (request 6)"
    assert tale.finding("steadiness") == Finding("steadiness", UNKNOWN, sentence, (6,))


def test_a_limit_at_the_replay_leaves_finality_open() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", status=429, sighting="anonymous")
    sentence = f"alice's GET /: the server asked for patience (status 429, {SERVER}/) (request 7, {FROM})"
    assert tale.finding("finality") == Finding("finality", UNKNOWN, sentence, (7,))


def test_finality_is_unknown_while_nobody_tries() -> None:
    assert calibrated().finding("finality") == Finding("finality", UNKNOWN, "no ended id was tried again")


@pytest.mark.parametrize(("status", "verdict"), [(302, HOLDS), (429, UNKNOWN)])
def test_an_id_that_the_login_kept_and_that_is_refused_to_others(status: int, verdict: Verdict) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("mallory", "whoami", claims="", sent=OLD, status=status, sighting="anonymous")
    assert tale.finding("finality").verdict is verdict


@pytest.mark.parametrize(("gives", "verdict"), [((), UNKNOWN), (("sid=a9f00000000000000000000000000009",), BROKEN)])
def test_who_changes_the_password_stays_but_an_id_that_is_renewed_is_over(
    gives: tuple[str, ...], verdict: Verdict
) -> None:
    tale = calibrated(survives=())
    tale.ask("alice", "change_password", sent=ALICE, gives=gives, succeeded=True)
    tale.ask("alice", "forge", sent=ALICE, forged="the id from before", sighting="this")
    finding = tale.finding("finality")
    assert finding.verdict is verdict
    if verdict is BROKEN:
        sentence = (
            "'sid=a1f00000000000000000…' was still good for alice's GET / "
            f"after alice's change of the password (request 7, {FROM})"
        )
        assert (finding.sentence, finding.evidence) == (sentence, (6, 7))


def test_a_logout_is_not_undone_by_the_same_cookie_once_more() -> None:
    """A signed cookie that is set again after the logout does not bring it back to life by right."""
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "visit", claims="", sent="", gives=[ALICE])
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="this")
    assert tale.finding("finality").verdict is BROKEN


def test_one_user_alone_is_not_enough_for_uniqueness() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[ALICE], succeeded=True)
    sentence = "fewer than two users were logged in under an id"
    assert tale.finding("uniqueness") == Finding("uniqueness", UNKNOWN, sentence, (2,))


def test_a_copied_id_is_not_shared() -> None:
    tale = calibrated(notes=False)
    tale.ask("bob", "forge", sent=ALICE, forged="a copy", sighting="this")
    assert tale.finding("uniqueness").verdict is HOLDS


def test_an_id_that_once_got_another_in_its_place_was_not_known() -> None:
    tale = calibrated(notes=False)
    for id_ in ("sid=1", "sid=2", "sid=3", BOB.replace("b2f", "fff")):
        tale.ask("bob", "forge", sent=id_, forged="a new id", gives=["sid=given0" + id_[4:]])
    for _ in range(2):
        tale.ask("bob", "forge", sent=BOB.replace("b2f", "fff"), forged="a new id")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_an_own_id_in_quotes_is_ones_own() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "forge", sent=f'sid="{ALICE[4:]}"', forged="her own in quotes", sighting="this")
    assert tale.finding("authenticity").verdict is not BROKEN
