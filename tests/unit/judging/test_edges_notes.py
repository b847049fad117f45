"""Edges of continuity and durability that mutants of the judge have shown: each was held by no other test."""

from collections.abc import Sequence
from typing import Any

import pytest

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import (
    ALICE,
    BOB,
    BROKEN,
    FROM,
    HOLDS,
    NOTE_OF,
    SERVER,
    UNKNOWN,
    Tale,
    calibrated,
    rewrite,
    two_who_write,
)

OLD, NEW, NEVER = NOTE_OF["alice"], "c-00000000000b", "c-00000000000c"
AGAIN = "sid=a3f00000000000000000000000000003"


# continuity


@pytest.mark.parametrize("invariant", ["continuity", "steadiness"])
def test_a_server_that_asks_for_patience_has_not_dropped_anybody(invariant: str) -> None:
    tale = calibrated()
    tale.ask("alice", "visit", sent=ALICE, status=503, headers=[("Retry-After", "9")])
    sentence = f"alice's GET /: the server asked for patience (status 503, {SERVER}/) (request 6)"
    assert tale.finding(invariant) == Finding(invariant, UNKNOWN, sentence, (6,))


def test_continuity_is_unknown_while_nothing_was_counted_or_read() -> None:
    sentence = "no visit was counted and nobody read a note of their own"
    assert calibrated().finding("continuity") == Finding("continuity", UNKNOWN, sentence)


def test_the_first_stale_read_is_the_break_that_is_told() -> None:
    tale = calibrated()
    rewrite(tale, NEW, 10.0, 1.0)
    for at in (20.0, 30.0):
        tale.ask("alice", "read", sent=ALICE, note=OLD, at=at)
    tale.ask("alice", "read", sent=ALICE, status=404)
    sentence = f"alice wrote '{NEW}' and then read '{OLD}' (request 7, {FROM})"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 6, 7))


def again(*, cookies: bool) -> Tale:
    """Alice has logged in anew (6)."""
    tale = calibrated() if cookies else two_who_write()
    who: dict[str, Any] = {} if cookies else {"user": "alice"}
    tale.ask("alice", "login", gives=[AGAIN], succeeded=True, **who)
    return tale


def test_a_note_from_before_the_login_counts_wherever_the_reply_shows_it() -> None:
    tale = again(cookies=True)
    tale.ask("alice", "read", sent=AGAIN, sighting="this", body=f"<p>{OLD}")
    sentence = "1 answer, each as the person had left things"
    assert tale.finding("continuity") == Finding("continuity", HOLDS, sentence, (7,))


def test_a_server_that_tells_of_itself_owes_the_note_to_the_session_alone() -> None:
    tale = again(cookies=False)
    tale.ask("alice", "read", sent=AGAIN, user="alice", note="c-alice")
    assert tale.finding("continuity").verdict is UNKNOWN


def test_of_two_reads_that_nobody_explains_the_first_is_told() -> None:
    tale = calibrated()
    tale.ask("bob", "read", sent=BOB, note=NEVER)
    tale.ask("alice", "read", sent=ALICE, note=NEW)
    tale.ask("alice", "read", sent=ALICE, note=NEVER)
    sentence = f"bob wrote '{NOTE_OF['bob']}' and then read '{NEVER}' (request 6, {FROM})"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (4, 5, 6))


def test_what_the_profile_extracts_is_the_note_whatever_else_is_there() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, note="another", body=f"another, and before that {OLD}")
    sentence = f"alice wrote '{OLD}' and then read 'another' (request 6, {FROM})"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 6))


def test_where_the_profile_extracts_nothing_the_reply_may_show_the_note_of_a_write_at_the_same_time() -> None:
    tale = calibrated()
    rewrite(tale, NEW, 10.0, 2.0)
    tale.ask("alice", "read", sent=ALICE, sighting="this", body=f"<p>{OLD}", at=11.0, elapsed=0.5)
    assert tale.finding("continuity").evidence == (7,)


def test_a_server_that_tells_of_itself_tells_the_note_as_well() -> None:
    tale = Tale()
    tale.ask("alice", "login", user="alice")
    tale.ask("alice", "write", canary=OLD, user="alice")
    tale.ask("alice", "read", user="alice", body=OLD)
    sentence = f"alice wrote '{OLD}' and then read nothing (request 4, {FROM})"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 4))


def test_a_note_of_another_form_is_read_as_it_stands() -> None:
    tale = calibrated()
    tale.ask("alice", "write", sent=ALICE, canary="my note", succeeded=True)
    tale.ask("alice", "read", sent=ALICE, body="<p>my note</p>")
    assert tale.finding("continuity").evidence == (7,)


# durability


def test_durability_is_unknown_while_nothing_was_read() -> None:
    sentence = "no acknowledged note was read again by the same user"
    assert calibrated().finding("durability") == Finding("durability", UNKNOWN, sentence)


def test_reads_of_the_user_are_counted_one_by_one() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, sighting="this", note=OLD)
    assert tale.finding("durability") == Finding("durability", HOLDS, "1 read, each gave what was last written", (6,))
    tale.ask("alice", "read", sent=ALICE, note=OLD)
    tale.ask("alice", "read", sent=ALICE, sighting="anonymous", note="")
    sentence = "2 reads, each gave what was last written"
    assert tale.finding("durability") == Finding("durability", HOLDS, sentence, (6, 7))


def test_a_read_that_was_cut_leaves_durability_open() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, sighting="this", truncated=True)
    sentence = f"alice's GET /note: the reply was too long and was cut (status 200, {SERVER}/note) (request 6, {FROM})"
    assert tale.finding("durability") == Finding("durability", UNKNOWN, sentence, (6,))


@pytest.mark.parametrize(
    ("writes", "last"),
    [
        ([("c-1", 1, 2), ("c-2", 3, 4)], "c-2"),
        ([("c-1", 10, 11), ("c-2", 12, 13)], "c-2"),
        ([("c-1", 10, 20), ("c-2", 11, 12)], "c-2"),
        ([("c-2", 11, 12), ("c-1", 10, 20)], "c-2"),
        ([("c-1", 10, 20), ("c-2", 11, 12), ("c-3", 5, 25)], "c-2"),
        ([("c-3", 2.5, 20), ("c-2", 3, 4), ("c-1", 1, 2)], "c-2"),
        ([("c-3", 21, 25), ("c-1", 10, 20), ("c-2", 11, 12), ("c-0", 1, 22)], "c-3"),
        ([("c-1", 10, 12), ("c-2", 10, 14)], "c-2"),
    ],
)
def test_the_write_that_began_last_is_the_one_that_is_owed(
    writes: Sequence[tuple[str, float, float]], last: str
) -> None:
    """In whatever order the writes are told."""
    tale = Tale()
    for canary, begun, ended in writes:
        tale.ask("alice", "write", canary=canary, user="alice", at=begun, elapsed=ended - begun)
    tale.ask("alice", "read", user="alice", note="never", at=0.5)
    assert tale.finding("durability").verdict is UNKNOWN, "nothing was acknowledged by then"
    tale.ask("alice", "read", user="alice", note="never", at=30.0)
    finding = tale.finding("durability")
    sentence = f"alice's note '{last}' was acknowledged, a later read gave 'never' (request {len(writes) + 3}, {FROM})"
    assert (finding.verdict, finding.sentence) == (BROKEN, sentence)


def test_a_note_that_was_replaced_is_a_break_of_its_own() -> None:
    tale = Tale()
    for canary, begun in (("c-1", 10.0), ("c-2", 12.0)):
        tale.ask("alice", "write", canary=canary, user="alice", at=begun, elapsed=1.0)
    tale.ask("alice", "read", user="alice", note="c-1", at=20.0)
    sentence = f"alice's note 'c-2' was acknowledged, a later read gave 'c-1' (request 4, {FROM})"
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (3, 4))


def test_what_is_written_later_cannot_have_been_read() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, note=NEW, at=10.0, elapsed=1.0)
    sentence = f"alice's note '{OLD}' was acknowledged, a later read gave '{NEW}' (request 6, {FROM})"
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (3, 6)), "nobody has written it"
    rewrite(tale, NEW, 12.0, 1.0)
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (3, 6))


def test_a_write_that_got_no_answer_may_come_about_at_any_time() -> None:
    tale = Tale()
    tale.ask("alice", "write", canary="c-1", user="alice", at=1.0)
    tale.ask("alice", "write", canary="c-2", error="timeout", at=3.0)
    tale.ask("alice", "write", canary="c-3", user="alice", at=5.0)
    tale.ask("alice", "read", user="alice", note="c-2", at=10.0)
    assert tale.finding("durability").verdict is HOLDS


def test_a_write_that_is_told_of_late_cannot_have_stood_between_two_reads() -> None:
    tale = Tale()
    tale.ask("alice", "write", canary="c-1", user="alice", at=1.0, elapsed=1.0)
    for at in (3.0, 7.0):
        tale.ask("alice", "read", user="alice", note="c-1", at=at, elapsed=0.5)
    tale.ask("alice", "write", canary="c-2", user="alice", at=5.0, elapsed=1.0)
    sentence = (
        "alice's notes 'c-1' and 'c-2' were current in turns (requests 2, 5, 4): "
        "no order of the two writes explains what was read"
    )
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (2, 4, 5))


def test_of_several_of_ones_own_notes_in_a_reply_the_last_one_is_read() -> None:
    """A page may list what was written before."""
    tale = calibrated()
    notes = [OLD, *[f"c-00000000000{letter}" for letter in "fedcba"]]
    for number, note in enumerate(notes[1:]):
        rewrite(tale, note, 10.0 + number, 0.5)
    tale.ask("alice", "read", sent=ALICE, body=" ".join(notes), sighting="this", at=30.0)
    assert tale.finding("durability").evidence == (12,)


def test_a_reply_with_none_of_ones_own_notes_is_a_loss() -> None:
    tale = calibrated()
    tale.ask("alice", "read", sent=ALICE, body=f"nothing of hers, but {NOTE_OF['bob']}", sighting="this")
    sentence = f"alice's note '{OLD}' was acknowledged, a later read gave nothing (request 6, {FROM})"
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (3, 6))
