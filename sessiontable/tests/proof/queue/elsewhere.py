"""Another process on the same file: it takes hold of it, does something or nothing, and lets go."""

from sessiontable import Change, Outcome
from sessiontable.basics.ids import key_of
from sessiontable.sqlite.steps import Connection

from ..history import Answer, Done
from ..steps import GONE, Act, Write

WHO = -50
"""Who it is in a history."""


class Elsewhere:
    """`acts`: what it will do, each in a transaction of its own; `changed`: how many it has ended."""

    def __init__(self, other: Connection, acts: list[Act | None], here: str, now: float) -> None:
        self._other, self.acts, self._key, self._now = other, acts, key_of(here), now
        self.holds, self._began, self.changed = False, 0, 0

    def goes_on(self, tick: int) -> Done | None:
        """Takes hold, or does what it holds the file for, and lets go; what it has done, if it did anything."""
        if not self.holds:
            self._other.execute("BEGIN IMMEDIATE")
            self.holds, self._began = True, tick
            return None
        step = self.acts.pop()
        done = Done(WHO, step, self._began, tick, self._does(step)) if step else None
        self._other.execute("COMMIT")
        self.holds, self.changed = False, self.changed + 1
        return done

    def _does(self, step: Act) -> Answer:
        if isinstance(step, Write):
            change = Change(step.name, str(step.value), 10**6)
            return None if self._other.write(self._key, change, self._now) is Outcome.DONE else GONE
        self._other.delete(self._key)
        return None

    def end(self) -> None:
        """Let go, whatever it is about."""
        if self._other.in_transaction:
            self._other.execute("ROLLBACK")
