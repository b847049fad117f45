"""Edges of isolation that mutants of the judge have shown: each was held by no other test."""

import base64

import pytest

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import ALICE, BOB, BROKEN, HOLDS, NOTE_OF, UNKNOWN, Tale, calibrated, two_who_write

CAROLS = "c-000000000000"


def test_a_write_without_a_note_leaves_nothing_that_could_leak() -> None:
    tale = calibrated()
    tale.ask("carol", "write", status=204)
    tale.ask("bob", "read", sent=BOB, sighting="this", note=NOTE_OF["bob"])
    assert tale.finding("isolation").verdict is HOLDS


def test_who_should_read_a_note_has_not_written_it() -> None:
    """A read tells which note is due: that makes nobody but the writer its owner."""
    tale = Tale(cookies=["sid"])
    tale.ask("tablet", "read", claims="alice", canary=CAROLS)
    tale.ask("carol", "write", canary=CAROLS, status=204)
    tale.ask("alice", "visit", body=CAROLS)
    sentence = f"alice read carol's note '{CAROLS}' (request 4)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 4))


@pytest.mark.parametrize("note", ["c-alice", "c-fifteen-chars", "c-alices-own-note"])
def test_a_note_of_another_form_is_found_as_it_stands(note: str) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "write", canary=note, status=204)
    tale.ask("bob", "visit", body=f"a page with {note} in it")
    assert tale.finding("isolation") == Finding(
        "isolation", BROKEN, f"bob read alice's note '{note}' (request 3)", (2, 3)
    )


def test_ones_own_note_that_is_seen_before_its_writing_is_told_is_no_leak() -> None:
    tale = calibrated()
    tale.ask("carol", "visit", body=CAROLS)
    tale.ask("carol", "write", canary=CAROLS, status=204)
    assert tale.finding("isolation").verdict is HOLDS


def test_a_note_that_a_read_should_give_is_not_waited_for() -> None:
    tale = calibrated()
    tale.ask("tablet", "read", claims="", canary=CAROLS, body=CAROLS)
    tale.ask("carol", "write", canary=CAROLS, status=204)
    assert tale.finding("isolation").verdict is HOLDS


def test_of_two_leaks_the_reply_that_came_first_counts() -> None:
    """Also where it is told later that it was one."""
    tale = calibrated()
    tale.ask("bob", "visit", sent=BOB, body=CAROLS)
    tale.ask("bob", "visit", sent=BOB, body=NOTE_OF["alice"])
    sentence = f"bob read alice's note '{NOTE_OF['alice']}' (request 7)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 7))
    tale.ask("carol", "write", canary=CAROLS, status=204)
    sentence = f"bob read carol's note '{CAROLS}' (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (6, 8))


def test_of_two_leaks_in_one_reply_the_one_that_is_known_at_once_counts() -> None:
    tale = calibrated()
    tale.ask("bob", "visit", sent=BOB, body=f"{CAROLS} {NOTE_OF['alice']}")
    tale.ask("carol", "write", canary=CAROLS, status=204)
    sentence = f"bob read alice's note '{NOTE_OF['alice']}' (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 6))


def test_of_several_notes_in_one_reply_the_one_that_was_written_first_is_named() -> None:
    tale = calibrated()
    tale.ask("carol", "write", canary=CAROLS, status=204)
    tale.ask("mallory", "visit", claims="", body=f"{CAROLS} {NOTE_OF['bob']} {NOTE_OF['alice']}")
    sentence = f"mallory read alice's note '{NOTE_OF['alice']}' (request 7)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 7))


@pytest.mark.parametrize("sent", [BOB, "sid=ffffffffffffffffffffffffffffffff"])
def test_a_copied_id_opens_its_owners_note_and_no_other(sent: str) -> None:
    """Nor does one that was made up."""
    tale = calibrated()
    tale.ask("mallory", "forge", claims="", sent=sent, forged="a copy", body=NOTE_OF["alice"])
    sentence = f"mallory read alice's note '{NOTE_OF['alice']}' (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 6))


def test_beside_ones_own_id_anothers_is_a_leak() -> None:
    """Both have the same long part, so they are looked for together, one's own first."""
    tale = Tale(cookies=["sid"])
    for person in ("bob", "alice"):
        tale.ask(person, "login", gives=[f"sid={person}.0f1e2d3c4b5a69788796; Path=/"], status=302, succeeded=True)
    tale.ask("bob", "visit", body="bob.0f1e2d3c4b5a69788796 alice.0f1e2d3c4b5a69788796")
    sentence = "bob was shown the id 'alice.0f1e2d3c4b5a69…', under which alice is logged in (request 4)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (3, 4))


def test_isolation_is_unknown_while_nobody_gets_an_answer_after_the_writes() -> None:
    sentence = "nobody got an answer after two people had written their notes"
    for tale in (calibrated(), two_who_write()):
        assert tale.finding("isolation") == Finding("isolation", UNKNOWN, sentence, (3, 5))


def test_where_one_has_written_the_answers_to_others_count() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "write", canary=NOTE_OF["alice"], status=204)
    tale.ask("bob", "visit")
    sentence = "1 answer to others, none with alice's note"
    assert tale.finding("isolation") == Finding("isolation", HOLDS, sentence, (3,))
    tale.ask("bob", "write", canary=NOTE_OF["bob"], status=404)
    tale.ask("bob", "visit", status=499)
    tale.ask("alice", "visit")
    tale.ask("carol", "forge", status=500)
    sentence = "2 answers to others, none with alice's note"
    assert tale.finding("isolation") == Finding("isolation", HOLDS, sentence, (3, 5))


@pytest.mark.parametrize("sighting", ["this", "anonymous"])
def test_only_who_is_logged_in_and_is_taken_for_that_user_is_known(sighting: str) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[ALICE], succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    tale.ask("bob", "whoami", sighting=sighting)
    sentence = "fewer than two people had a note to be leaked: nobody"
    assert tale.finding("isolation") == Finding("isolation", UNKNOWN, sentence)


def test_who_is_taken_for_nobody_is_not_taken_for_another() -> None:
    tale = calibrated(notes=False)
    tale.ask("mallory", "whoami", claims="", sighting="anonymous")
    tale.ask("mallory", "whoami", claims="", sighting="not understood")
    tale.ask("mallory", "forge", claims="", sent="sid=x", forged="an id", sighting="anonymous")
    sentence = "2 answers, nobody was taken for another"
    assert tale.finding("isolation") == Finding("isolation", HOLDS, sentence, (5, 6))


def test_one_answer_is_counted_in_the_singular() -> None:
    sentence = "1 answer, nobody was taken for another"
    assert calibrated(notes=False).finding("isolation") == Finding("isolation", HOLDS, sentence, (5,))
    tale = calibrated()
    tale.ask("bob", "read", sent=BOB, sighting="this", note=NOTE_OF["bob"])
    sentence = "1 answer, none with another's note"
    assert tale.finding("isolation") == Finding("isolation", HOLDS, sentence, (6,))


def test_a_note_belongs_to_a_user_only_where_the_browser_has_several() -> None:
    """Else whoever wrote it is named, as everywhere."""
    tale = Tale(cookies=["sid"])
    tale.ask("laptop", "write", claims="alice", canary=CAROLS, status=204)
    tale.ask("bob", "visit", body=CAROLS)
    sentence = f"bob read laptop's note '{CAROLS}' (request 3)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 3))
    tale = Tale(cookies=["sid"])
    tale.ask("laptop", "write", claims="alice", canary=CAROLS, status=204)
    tale.ask("laptop", "visit", claims="bob", body=CAROLS)
    sentence = f"bob, at the same browser, read alice's note '{CAROLS}' (request 3)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 3))


@pytest.mark.parametrize(("before", "after"), [("???>>>", ""), ("", "x")])
def test_an_id_in_base64_is_found_in_any_alphabet_and_with_a_letter_behind_it(before: str, after: str) -> None:
    tale = calibrated()
    plain = f"{before}{ALICE[4:]}"
    text = base64.urlsafe_b64encode(f"{plain:<39}".encode()).decode() + after
    tale.ask("bob", "visit", sent=BOB, body=text)
    sentence = "bob was shown the id 'a1f00000000000000000…', under which alice is logged in (request 6)"
    assert tale.finding("isolation") == Finding("isolation", BROKEN, sentence, (2, 6))
