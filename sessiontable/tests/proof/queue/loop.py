"""An event loop that runs one callback when it is told to, in asyncio's order: the oldest first."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any

from .strands import Strand

WHO: ContextVar[int] = ContextVar("the request that runs here", default=-1)
"""Tasks take it along, and so do callbacks."""


class Loop(asyncio.AbstractEventLoop):
    """What the queue and the sessions use of a loop. `hand_over`: what is to be done in a thread, and where its answer goes."""

    def __init__(self, hand_over: Callable[["Loop", Callable[[], Any], asyncio.Future[Any]], None]) -> None:
        self._hand_over = hand_over
        self.ready: deque[tuple[Callable[..., Any], tuple[Any, ...], Context]] = deque()
        self.futures: list[tuple[int, asyncio.Future[Any]]] = []
        """Each with the request that waits for it, in the order of their begin."""
        self.errors: list[dict[str, Any]] = []

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        if Strand.here() or asyncio._get_running_loop() not in (None, self):
            self.call_exception_handler({"message": f"{callback!r} comes from another thread"})
        self.call_soon_threadsafe(callback, *args, context=context)

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        self.ready.append((callback, args, context or copy_context()))

    def create_future(self) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.Future(loop=self)
        self.futures.append((WHO.get(), future))
        return future

    def run_in_executor(self, executor: Any, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        answer: asyncio.Future[Any] = asyncio.Future(loop=self)
        self._hand_over(self, lambda: function(*args), answer)
        return answer

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context)

    def run_next(self) -> None:
        """The oldest callback; what goes wrong with one is heard of as in asyncio."""
        callback, args, context = self.ready.popleft()
        asyncio._set_running_loop(self)
        try:
            context.run(callback, *args)
        except Exception as error:
            self.call_exception_handler({"message": f"{callback!r} failed", "exception": error})
        finally:
            asyncio._set_running_loop(None)

    def state(self, outer: set[int]) -> tuple[Any, ...]:
        """All that decides what comes next here: what is ready, and who waits for what in which order. `outer`: tasks of requests."""
        queued = tuple(
            (
                context.get(WHO),
                getattr(call, "__qualname__", type(call).__name__),
                id(getattr(call, "__self__", None)) in outer,
            )
            for call, _, context in self.ready
        )
        waiting = tuple(who for who, future in self.futures if not future.done())
        last = {who: _told(future) for who, future in self.futures}
        return queued, waiting, tuple(sorted(last.items()))


def _told(future: asyncio.Future[Any]) -> str:
    if not future.done():
        return "waits"
    if future.cancelled():
        return "has given up"
    return repr(future.exception() or future.result())
