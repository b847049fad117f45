"""What a step of an asyncio session returns: something to await, which is under way or done already.

A step begins when it is called. So a forgotten `await` does not undo it: the adapter waits for all steps before the
reply begins, and what went wrong with one is raised there.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, NoReturn

from ..store import Change


class Step[Result](Coroutine[Any, Any, Result]):
    """To be awaited, or left alone. A class of its own: a type checker finds fault with a coroutine that nobody awaits."""

    __slots__ = ()

    def __iter__(self) -> NoReturn:
        """Frameworks that make JSON of a reply try this."""
        raise TypeError("this is a step of a session and not its result: await it, as n = await session.update(...)")


class Done[Result](Step[Result]):
    """A step that is done."""

    __slots__ = ("_result",)

    def __init__(self, result: Result) -> None:
        self._result = result

    def __await__(self) -> Generator[Any, Any, Result]:
        return self._result
        yield

    def send(self, value: Any) -> Any:
        raise StopIteration(self._result)

    def throw(self, *error: Any) -> Any:
        raise error[0]

    def close(self) -> None:
        """There is nothing to end."""


class Begun[Result](Step[Result]):
    """A step that is under way, in a task of its own. `awaited`: somebody has waited for it, and has met its error.

    `firm`: it goes on where whoever waits for it is cancelled. A login must not be given up halfway: the old id would be
    dead, and nobody would know the new one.
    """

    __slots__ = ("_waiting", "awaited", "firm", "task")

    def __init__(self, task: asyncio.Future[Result], firm: bool = False) -> None:
        self.task, self.awaited, self.firm = task, False, firm
        self._waiting: Generator[Any, Any, Result] | None = None

    def __await__(self) -> Generator[Any, Any, Result]:
        self.awaited = True
        return (asyncio.shield(self.task) if self.firm else self.task).__await__()

    def finish(self) -> None:
        """What is left to do once the task is done, before the session's next step."""

    @property
    def over(self) -> bool:
        """Whether it is done, and there is nothing to tell anybody."""
        task = self.task
        return task.done() and (self.awaited or not (task.cancelled() or task.exception()))

    def send(self, value: Any) -> Any:
        if self._waiting is None:
            self._waiting = self.__await__()
        return self._waiting.send(value)

    def throw(self, *error: Any) -> Any:
        if self._waiting is None:
            self._waiting = self.__await__()
        return self._waiting.throw(*error)

    def close(self) -> None:
        """The step goes on: it has begun."""


class Written(Begun[Any]):
    """A write that is under way in a store that tells its outcome by a future, see `BeginsWrites`: it needs no task.

    `settle` is what the session makes of the outcome, once; it may raise what stood in the way.
    """

    __slots__ = ("_settle", "_wrong", "change", "key", "now")

    def __init__(
        self, future: asyncio.Future[Any], settle: Callable[["Written"], None], key: bytes, change: Change, now: float
    ) -> None:
        self.task, self.awaited, self.firm, self._waiting = future, False, False, None
        self.key, self.change, self.now = key, change, now
        self._settle: Callable[[Written], None] | None = settle
        self._wrong: BaseException | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        self.awaited = True
        if not self.task.done():
            with suppress(Exception):  # `settle` meets it, too
                yield from self.task.__await__()
        self.finish()
        if self._wrong is not None:
            raise self._wrong

    def finish(self) -> None:
        settle, self._settle = self._settle, None
        if settle is not None:
            try:
                settle(self)
            except (Exception, asyncio.CancelledError) as error:
                self._wrong = error

    @property
    def over(self) -> bool:
        """The session itself drops it, see `settle`."""
        return False
