"""Can the proofs fail? Each deliberate fault is caught, by the invariant that it breaks, and nothing without a fault is."""

from pathlib import Path

import pytest

from sessiontable import MemoryStore
from sessiontable.logic import session as module
from sessiontable.logic.inline import finish

from .faults import AT_ONCE, FAULTS, NONE, ONLY_AT_ONCE, Fault
from .lives import lead_lives
from .places import Memory
from .programs import MORE, TWO, Program
from .queue.faults import QUEUE_FAULTS
from .schedule import explore
from .stage import Stage
from .verdicts import INVARIANTS, Broken

BY_NAME = {fault.name: fault for fault in (*FAULTS, *ONLY_AT_ONCE)}
PROGRAMS = {program.name: program for program in (*TWO, *MORE)}
PROPERTIES = {
    "strict",
    "no resurrection",
    "no lost update",
    "hashed at rest",
    "no-store",
    "every cookie counts",
    "new id at login",
    "server-side logout",
    "two limits",
    "lists",
}
"""The ten of which no other library has all."""
EXAMPLES = 300


@pytest.fixture
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fault:
    """In place while the test lasts."""
    fault: Fault = request.param
    monkeypatch.setattr(module, "new_id", fault.new_id)
    monkeypatch.setattr(module, "key_of", fault.key_of)
    return fault


@pytest.mark.parametrize("fault", FAULTS, ids=str, indirect=True)
def test_the_machine_catches(fault: Fault) -> None:
    with pytest.raises(Broken) as caught:
        lead_lives(Memory(), "threads", fault, finish, EXAMPLES)
    assert caught.value.invariant in fault.breaks, caught.value


def play_all(program: Program, fault: Fault) -> int:
    return explore(lambda choose: Stage(program, MemoryStore(), fault).play(choose))


@pytest.mark.parametrize(
    ("fault", "program"),
    [pytest.param(BY_NAME[name], PROGRAMS[program], id=f"{name} in {program}") for name, program in AT_ONCE.items()],
    indirect=["fault"],
)
def test_the_schedule_catches(fault: Fault, program: Program) -> None:
    """The same program is sound without the fault."""
    with pytest.raises(Broken) as caught:
        play_all(program, fault)
    assert caught.value.invariant in fault.breaks, caught.value
    assert play_all(program, NONE)


def test_the_machine_catches_nothing_else() -> None:
    """The same lives, without a fault."""
    lead_lives(Memory(), "threads", NONE, finish, 50)


def test_every_property_and_every_invariant_has_a_fault() -> None:
    assert {fault.property for fault in BY_NAME.values()} >= PROPERTIES
    faults = [*(fault.breaks for fault in BY_NAME.values()), *(fault.breaks for fault in QUEUE_FAULTS)]
    assert {each for breaks in faults for each in breaks} == set(INVARIANTS)


def test_the_page_tells_how_many_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text()
    assert f"which {len(BY_NAME) + len(QUEUE_FAULTS)} deliberate faults do not survive" in page
