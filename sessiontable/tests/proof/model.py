"""What a session table has to do, in plain Python and without any concurrency: the proofs hold the real one against it.

An end is known up to the interval in which the table may save itself a refresh: until then a session surely lives,
from the stated end on it is surely over, and in between both are right.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sessiontable import Json

IDLE, ABSOLUTE, GRACE = 100.0, 400.0, 10.0
REFRESH = IDLE / 10


class Life(Enum):
    LIVES = "lives"
    OVER = "is over"
    EITHER = "may be over"


@dataclass(eq=False)
class Past:
    """A session with all that was done to it."""

    id: str
    user: str | None
    created: float
    used: float
    refreshed: float
    values: dict[str, Json] = field(default_factory=dict)
    over: bool = False
    next: "Past | None" = None
    """Where its id leads for a login that is repeated, once."""
    grace_ends: float = 0.0

    def life(self, now: float) -> Life:
        end = min(self.used + IDLE, self.created + ABSOLUTE)
        if self.over or now >= end:
            self.over = True
            return Life.OVER
        return Life.LIVES if now < end - REFRESH else Life.EITHER

    def ends(self) -> None:
        """By logout: also what its id may lead to."""
        self.over, self.next = True, None


class Model:
    """All sessions that were ever begun, by the ids that were issued."""

    def __init__(self) -> None:
        self.sessions: dict[str, Past] = {}

    def begin(self, new: str, user: str | None, values: dict[str, Json], now: float) -> Past:
        self.sessions[new] = Past(new, user, now, now, now, values)
        return self.sessions[new]

    def login(self, old: Past | None, new: str, user: str, now: float, values: dict[str, Json]) -> Past:
        """A login, from the session `old` if there is one; `values` are those that it may take along."""
        after = self.begin(new, user, dict(values), now)
        if old:
            old.over, old.next, old.grace_ends = True, after, now + GRACE
        return after

    def led_to(self, old: Past, user: str, now: float) -> Past | None:
        """The session that a login goes on from: `old` itself, or the one that an earlier login made of it."""
        if old.life(now) is not Life.OVER:
            return old
        after = old.next if now < old.grace_ends else None
        return after if after and after.user == user and after.life(now) is not Life.OVER else None

    def found(self, ids: Iterable[str], now: float) -> list[Past]:
        """The sessions that these ids may open."""
        return [
            session
            for value in dict.fromkeys(ids)
            if (session := self.sessions.get(value)) and session.life(now) is not Life.OVER
        ]

    def overtaken(self, ids: Iterable[str], now: float) -> bool:
        """Whether a login has just carried on one of these: then a request that sends it begins no other session."""
        sent = (self.sessions[value] for value in ids if value in self.sessions)
        return any(session.next and now < session.grace_ends for session in sent)
