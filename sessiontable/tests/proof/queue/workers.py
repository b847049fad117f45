"""The threads that a loop hands its waiting to, and where they stop: at a file that is held, and before a COMMIT."""

from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any

from ..verdicts import broken
from .elsewhere import Elsewhere
from .ledger import Ledger
from .loop import Loop
from .strands import Gate, Strand

NO_THREADS = "cannot schedule new futures after shutdown"


@dataclass
class Job:
    """Work of a thread for a loop; `waiting`: the requests that waited for something when it was begun."""

    strand: Strand
    loop: Loop
    answer: Any
    waiting: tuple[int, ...]
    context: Context = field(default_factory=copy_context)

    def settle(self) -> None:
        """Tell the loop what came of it."""
        if self.answer.cancelled():
            return
        if self.strand.error:
            self.answer.set_exception(self.strand.error)
        else:
            self.answer.set_result(self.strand.result)


class Workers:
    """`gate` takes the place of the lock between the threads of a process, `now` that of the time.

    `excused`: writes that a COMMIT has failed for, and that nobody can do again.
    """

    def __init__(self, ledger: Ledger, elsewhere: Elsewhere) -> None:
        self._ledger, self._elsewhere = ledger, elsewhere
        self.jobs: list[Job] = []
        self.now, self.excused = 1.0, 0
        self.impatient = self.disk_fills_up = self.disk_has_filled_up = self.gone = False
        self.locked, self.has_been_locked = False, False
        self.gate = Gate(lambda: self.impatient)

    def begin(self, loop: Loop, work: Callable[[], Any], answer: Any, waiting: tuple[int, ...]) -> None:
        if self.gone:
            raise RuntimeError(NO_THREADS)
        self._ledger.turns += 1
        self.jobs.append(Job(Strand(work), loop, answer, waiting))

    def go(self, job: Job) -> Any:
        """On to where it stops next; what came of it, if that was its end."""
        job.strand.go()
        if not job.strand.over:
            return None
        self.jobs.remove(job)
        job.loop.call_soon_threadsafe(job.settle, context=job.context)
        return job.strand.result or job.strand.error

    def committing(self) -> bool:
        """Whether one of them is within a transaction."""
        return any("commit" in job.strand.where[-1:] for job in self.jobs)

    def takes_too_long(self) -> None:
        """From now on everybody has waited for longer than `busy_timeout`."""
        self.impatient = True

    def fill_disk(self) -> None:
        """The next COMMIT fails."""
        self.disk_fills_up = self.disk_has_filled_up = True

    def lock(self) -> None:
        """The next read of a loop meets a lock, as while another process opens the file after a crash."""
        self.locked = self.has_been_locked = True

    def before_read(self) -> bool:
        """Whether it meets a lock."""
        meets = self.locked and Strand.here() is None
        self.locked = self.locked and not meets
        return meets

    def leave(self) -> None:
        """The loop is ending, and has no threads any more."""
        self.gone = True

    def sleep(self) -> None:
        """In place of `time.sleep`: until there is a reason to try again."""
        strand, seen = Strand.here(), self._elsewhere.changed
        if strand is None:
            broken("steadiness", "an event loop sleeps")
        if self.impatient:
            self.now += 10
        strand.stop("file", lambda: self._elsewhere.changed != seen or self.impatient)

    def before_commit(self, steps: int) -> bool:
        """Whether it fails."""
        if strand := Strand.here():
            strand.stop("commit")
        fails, self.disk_fills_up = self.disk_fills_up, False
        self.excused += fails and steps < 2
        return fails

    def state(self) -> tuple[Any, ...]:
        return (
            tuple((tuple(job.strand.where), job.waiting) for job in self.jobs),
            (self.impatient, self.disk_fills_up, self.disk_has_filled_up, self.gate.held, self.excused),
            (self.locked, self.has_been_locked, self.gone),
        )

    def end(self) -> None:
        for job in self.jobs:
            job.strand.abandon()
