"""Writes of an event loop as groups: those of one turn are one transaction, and each is answered after its COMMIT."""

import sqlite3
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable
from typing import Any, NamedTuple

from .file import Locked, LockedTooLong, SQLiteFile

_MOST = 100  # writes of a transaction, about a millisecond


class Waiting(NamedTuple):
    """A write that waits for its answer."""

    answer: Future[Any]
    step: Callable[..., Any]
    given: tuple[Any, ...]


class Group[Connection: sqlite3.Connection]:
    """The writes of one event loop, in the order in which they were begun.

    Where another writer is in the way, or the disk is waited for at each write, a thread commits; what comes meanwhile
    is the next group. A group that fails is done again, each write alone: nobody fails for another one's sake. A write
    whose caller has given up before its turn is not done.
    """

    def __init__(self, file: SQLiteFile[Connection]) -> None:
        self._file = file
        self._waiting: list[Waiting] = []
        self._under_way = False

    def add(self, loop: AbstractEventLoop, step: Callable[..., Any], given: tuple[Any, ...]) -> Future[Any]:
        """One write more; its answer comes with the group's."""
        answer = loop.create_future()
        self._waiting.append(Waiting(answer, step, given))
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._commit, loop)
        return answer

    def _commit(self, loop: AbstractEventLoop) -> None:
        work = [each for each in self._waiting[:_MOST] if not each.answer.done()]
        del self._waiting[:_MOST]
        if self._file.durable:
            self._hand_over(loop, self._wait, work)
            return
        try:
            answers = self._file.write_at_once(together, work) if work else []
        except Locked:
            self._hand_over(loop, self._wait, work)
        except Exception as error:
            if len(work) > 1:
                self._hand_over(loop, self._each_alone, work)
            else:
                self._answer(loop, work, [error])
        else:
            self._answer(loop, work, answers)

    def _hand_over(
        self, loop: AbstractEventLoop, do: Callable[[list[Waiting]], list[Any]], work: list[Waiting]
    ) -> None:
        """Let a thread do it."""

        def done(future: Future[list[Any]]) -> None:
            failure = future.exception()
            self._answer(loop, work, [failure] * len(work) if failure else future.result())

        try:
            loop.run_in_executor(None, do, work).add_done_callback(done)
        except RuntimeError as error:  # the loop is ending, and has no threads any more
            self._answer(loop, work, [error] * len(work))

    def _wait(self, work: list[Waiting]) -> list[Any]:
        try:
            return self._file.write(together, work)
        except Exception as error:
            if len(work) > 1 and not isinstance(error, LockedTooLong):
                return self._each_alone(work)
            return [error] * len(work)

    def _each_alone(self, work: list[Waiting]) -> list[Any]:
        answers = list[Any]()
        for each in work:
            try:
                answers.append(self._file.write(each.step, *each.given))
            except Exception as error:
                answers.append(error)
        return answers

    def _answer(self, loop: AbstractEventLoop, work: list[Waiting], answers: list[Any]) -> None:
        for (future, _, _), answer in zip(work, answers, strict=True):
            if future.done():
                continue  # its caller has given up
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        self._file.log.count(max(len(work) - 1, 0))  # the transaction itself is counted already
        self._under_way = bool(self._waiting)
        if self._waiting:
            loop.call_soon(self._commit, loop)


def together(connection: sqlite3.Connection, work: list[Waiting]) -> list[Any]:
    """One step that does them all, or none."""
    if len(work) == 1:
        ((_, step, given),) = work
        return [step(connection, *given)]
    connection.execute("BEGIN IMMEDIATE")
    answers = [step(connection, *given) for _, step, given in work]
    connection.execute("COMMIT")
    return answers
