"""What a step of an asyncio session returns: something to await, which is under way or done already.

A step begins when it is called. So a forgotten `await` does not undo it: the adapter waits for all steps before the
reply begins, and what went wrong with one is raised there.
"""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Done[Result](Coroutine[Any, Any, Result]):
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


class Begun[Result](Coroutine[Any, Any, Result]):
    """A step that is under way, in a task of its own. `awaited`: somebody has waited for it, and has met its error.

    `firm`: it goes on where whoever waits for it is cancelled. A login must not be given up halfway: the old id would be
    dead, and nobody would know the new one.
    """

    __slots__ = ("_waiting", "awaited", "firm", "task")

    def __init__(self, task: asyncio.Task[Result], firm: bool = False) -> None:
        self.task, self.awaited, self.firm = task, False, firm
        self._waiting: Generator[Any, Any, Result] | None = None

    def __await__(self) -> Generator[Any, Any, Result]:
        self.awaited = True
        return (asyncio.shield(self.task) if self.firm else self.task).__await__()

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
