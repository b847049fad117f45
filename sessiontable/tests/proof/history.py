"""What requests did and were answered, and whether any order of their steps, one at a time, explains all of it.

This is linearizability (Herlihy and Wing 1990): every step takes effect at one moment between its begin and its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sessiontable import Json

type Values = dict[str, Json]
type Answer = object


@dataclass(frozen=True)
class Slot:
    """A session as the explanation has it."""

    user: str | None
    values: Values
    lives: bool = True
    next: str | None = None
    """Where a login goes on that is repeated."""
    root: str = ""
    """The id of the session that it grew out of."""
    ended: bool = False
    """One of those that a user ends all at once: its trail may be gone, or not yet."""
    held: str | None = None
    """For a login in two steps: the user who has left this session and is not yet in the next one."""


@dataclass
class Explained:
    """What would be there after some of the steps.

    `at`: the session that a request is in, by request; `sent`: the id that it carried; `gone`: the requests that have been told that theirs ended.
    """

    slots: dict[str, Slot]
    at: dict[int, str | None] = field(default_factory=dict)
    sent: dict[int, str] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    two_steps: bool = False
    """Whether logins take two. Of several at once from one session, one takes all along, and the others
    begin anew or are told that their session is gone."""
    late: frozenset[int] = frozenset()
    """The requests that came while their session was being ended: they begin anew, or are told that it is gone."""

    def copy(self) -> "Explained":
        return replace(self, slots=dict(self.slots), at=dict(self.at), sent=dict(self.sent))

    def change(self, session_id: str, **changes: object) -> None:
        self.slots[session_id] = replace(self.slots[session_id], **changes)  # type: ignore[arg-type]


class Step(Protocol):
    """One thing that a request does; `explains` does it in plain Python, and says whether the answer fits."""

    def explains(self, world: Explained, who: int, answer: Answer) -> bool: ...


@dataclass
class Done:
    """A step that was made, with the times of its begin and its end."""

    who: int
    step: Step
    began: int | None = None
    ended: int = 0
    answer: Answer = None


def explained(done: Sequence[Done], world: Explained) -> bool:
    """Whether there is an order. Steps of one request stay in theirs, and what ended before another began comes first."""
    if not done:
        return True
    for at, here in enumerate(done):
        rest = [*done[:at], *done[at + 1 :]]
        if any(other.ended < (here.began or 0) for other in rest) or any(other.who == here.who for other in done[:at]):
            continue
        after = world.copy()
        if here.step.explains(after, here.who, here.answer) and explained(rest, after):
            return True
    return False
