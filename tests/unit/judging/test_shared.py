"""Notes that everybody is meant to see are no secrets, and no sign of who one is; whose name is shown still counts."""

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, HOLDS, NOTE_OF, UNKNOWN, calibrated

BOTH = f"{NOTE_OF['alice']} {NOTE_OF['bob']}"


@pytest.mark.parametrize(("shared", "verdict"), [(False, BROKEN), (True, HOLDS)])
def test_anothers_note(shared: bool, verdict: Verdict) -> None:
    tale = calibrated(shared=shared)
    for person, sent in (("alice", ALICE), ("bob", BOB), ("alice", ALICE)):
        tale.ask(person, "whoami", sent=sent, sighting="this", body=BOTH)
    assert tale.finding("isolation").verdict is verdict


def test_who_is_taken_for_another_is_told_all_the_same() -> None:
    tale = calibrated(shared=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="another", user="bob")
    sentence = "alice, logged in as alice, was taken for bob (request 6, from 198.51.100.2:40112)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 6))


def test_where_nobody_is_seen_nothing_is_decided() -> None:
    tale = calibrated(shared=True)
    tale.ask("alice", "read", sent=ALICE, note=NOTE_OF["alice"], body=BOTH)
    sentence = "notes are shared, and fewer than two people were seen to be who they are"
    assert tale.finding("isolation") == Finding("isolation", UNKNOWN, sentence)


@pytest.mark.parametrize(("shared", "verdict"), [(False, BROKEN), (True, HOLDS)])
def test_a_note_after_the_logout_is_no_session(shared: bool, verdict: Verdict) -> None:
    tale = calibrated(shared=shared)
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="anonymous", body=BOTH)
    assert tale.finding("finality").verdict is verdict


@pytest.mark.parametrize(("shared", "verdict"), [(False, HOLDS), (True, UNKNOWN)])
def test_a_note_is_no_sign_of_its_reader(shared: bool, verdict: Verdict) -> None:
    tale = calibrated(shared=shared)
    tale.ask("alice", "read", sent=ALICE, note=NOTE_OF["alice"])
    assert tale.finding("steadiness").verdict is verdict
