"""What happens at once has no order but that of time: a read beside a write of one's own may give the old note or the new one."""

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BROKEN, FROM, HOLDS, NOTE_OF, Tale, calibrated, rewrite

OLD, NEW, NEVER = NOTE_OF["alice"], "c-00000000000b", "c-00000000000c"
BOTH = pytest.mark.parametrize("invariant", ["continuity", "durability"])


def read(tale: Tale, note: str | None, at: float, elapsed: float) -> None:
    tale.ask("alice", "read", sent=ALICE, succeeded=True, note=note, at=at, elapsed=elapsed)


@BOTH
@pytest.mark.parametrize("note", [OLD, NEW])
@pytest.mark.parametrize("first", ["write", "read"])
def test_a_read_beside_a_write(invariant: str, note: str, first: str) -> None:
    """Whichever of the two is told of first."""
    tale = calibrated()
    if first == "write":
        rewrite(tale, NEW, 10.0, 2.0)
    read(tale, note, 11.0, 0.5)
    if first == "read":
        rewrite(tale, NEW, 10.0, 2.0)
    assert tale.finding(invariant).verdict is HOLDS
    read(tale, NEW, 13.0, 0.5)
    assert tale.finding(invariant).verdict is HOLDS
    read(tale, OLD, 14.0, 0.5)
    assert tale.finding(invariant).verdict is BROKEN


@BOTH
def test_a_read_after_the_write_gives_the_new_note(invariant: str) -> None:
    tale = calibrated()
    rewrite(tale, NEW, 10.0, 2.0)
    read(tale, OLD, 12.5, 0.5)
    assert tale.finding(invariant).verdict is BROKEN


def test_a_note_that_is_written_later_cannot_have_been_read() -> None:
    """Nor one that nobody writes, ever: that is told at the end."""
    sentence = f"alice wrote '{OLD}' and then read '{NEW}' (request 6, {FROM})"
    tale = calibrated()
    read(tale, NEW, 10.0, 1.0)
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 6))
    rewrite(tale, NEW, 12.0, 1.0)
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 6))


def test_anothers_note_that_is_written_at_the_same_time_is_no_note_of_ones_own() -> None:
    tale = calibrated()
    read(tale, NEW, 11.0, 1.0)
    tale.ask("bob", "write", canary=NEW, status=302, succeeded=True, at=10.0, elapsed=5.0)
    sentence = f"alice wrote '{OLD}' and then read '{NEW}' (request 6, {FROM})"
    assert tale.finding("continuity") == Finding("continuity", BROKEN, sentence, (2, 3, 6))


@BOTH
@pytest.mark.parametrize(("last", "verdict"), [(NEW, HOLDS), (NEVER, HOLDS), (OLD, BROKEN)])
def test_of_two_writes_at_once_either_may_be_the_later_one(invariant: str, last: str, verdict: Verdict) -> None:
    """For good: the order in which the two are told of says nothing."""
    tale = calibrated()
    rewrite(tale, NEW, 10.0, 3.0)
    rewrite(tale, NEVER, 11.0, 1.0)
    for at in (20.0, 30.0):
        read(tale, last, at, 0.5)
    assert tale.finding(invariant).verdict is verdict


@BOTH
def test_a_write_of_several_requests_begins_with_the_first(invariant: str) -> None:
    """The form is sent, and the note is there, before the page that follows is fetched."""
    tale = calibrated()
    tale.ask("alice", "step", part_of="write", sent=ALICE, status=302, at=10.0, elapsed=1.0)
    rewrite(tale, NEW, 15.0, 1.0)
    read(tale, NEW, 11.0, 0.5)
    assert tale.finding(invariant).verdict is HOLDS


@pytest.mark.parametrize(("note", "verdict"), [(None, HOLDS), (NEW, HOLDS)])
def test_beside_the_first_write_there_may_be_nothing_yet(note: str | None, verdict: Verdict) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/"], status=302, succeeded=True)
    rewrite(tale, NEW, 10.0, 2.0)
    read(tale, note, 11.0, 0.5)
    read(tale, NEW, 13.0, 0.5)
    assert tale.finding("continuity").verdict is verdict
    read(tale, None, 14.0, 0.5)
    assert tale.finding("continuity").verdict is BROKEN
