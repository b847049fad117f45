"""Steps in threads, as those of endpoints without `async`."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from sessiontable import (
    AsyncSession,
    AsyncSessionTable,
)

from .story import Story, cookie, known


def test_in_a_thread_settle_is_done_when_the_call_returns(run: Callable[[Story], None]) -> None:
    def endpoint(session: AsyncSession) -> object:
        session["a"] = 1
        return session.settle()

    async def story(table: AsyncSessionTable) -> None:
        again, ours = await known(table)
        await asyncio.to_thread(endpoint, again)
        assert dict(await table.open([ours])) == {"a": 1}

    run(story)


def test_threads_of_one_request_make_one_session(run: Callable[[Story], None]) -> None:
    """Their first writes come at once, and each is there afterwards."""

    async def story(table: AsyncSessionTable) -> None:
        loop, names = asyncio.get_running_loop(), [f"n{n}" for n in range(4)]
        with ThreadPoolExecutor(len(names)) as threads:
            for _ in range(20):
                session, together = table.session([]), Barrier(len(names))

                def write(name: str, session: AsyncSession = session, together: Barrier = together) -> None:
                    together.wait()
                    session.write(name, 1)
                    session[f"{name} too"] = 2

                await asyncio.gather(*(loop.run_in_executor(threads, write, name) for name in names))
                await session.settle()
                found = await table.open([cookie(session)])
                assert dict(found) == dict.fromkeys(names, 1) | {f"{name} too": 2 for name in names}

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        run(story)
    finally:
        sys.setswitchinterval(before)


def test_a_thread_may_have_a_loop_of_its_own(run: Callable[[Story], None]) -> None:
    """As where an endpoint without `async` says asyncio.run(…): the session's own loop does the work."""

    async def login(session: AsyncSession) -> object:
        await session.write("a", 1)
        await session.rotate("alice")
        return await session.update("a", lambda a: a + 1)

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        assert await asyncio.to_thread(lambda: asyncio.run(login(session))) == 2
        found = await table.open([cookie(session)])
        assert (found.user, dict(found)) == ("alice", {"a": 2})

    run(story)


def test_in_a_thread_a_step_is_done_when_the_call_returns(run: Callable[[Story], None]) -> None:
    """As in a FastAPI endpoint without `async`."""

    def endpoint(session: AsyncSession) -> list[object]:
        steps: list[object] = [
            session.write("a", 1),
            session.rotate("alice"),
            session.update("n", lambda n: 5),
            session.update("none", lambda n: None),
            session.refresh(),
        ]
        session["b"] = 2
        return [*steps, session.user]

    async def story(table: AsyncSessionTable) -> None:
        session = table.session([])
        assert await asyncio.to_thread(endpoint, session) == [None, None, 5, None, None, "alice"]
        await session.settle()
        again = table.session([cookie(session)])
        assert await asyncio.to_thread(lambda: (again.user, dict(again))) == ("alice", {"a": 1, "b": 2, "n": 5})
        assert await asyncio.to_thread(lambda: again.write("c", 3)) is None  # what an endpoint may return
        assert (await table.open([cookie(session)]))["c"] == 3

    run(story)


def test_a_login_in_a_loop_of_its_own_is_not_given_up_halfway(run: Callable[[Story], None]) -> None:
    """Whoever waits for it there is cancelled; then it can be taken back as a whole, from the session's own loop."""

    async def login(session: AsyncSession, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await session.rotate("alice")

    def endpoint(session: AsyncSession, seconds: float) -> None:
        asyncio.run(login(session, seconds))

    async def story(table: AsyncSessionTable) -> None:
        first = table.session([])
        await first.write("basket", ["tea"])
        for seconds in (0, 0.0005, 0.0015, 0.0025, 0.004):
            session = table.session([cookie(first)])
            await asyncio.to_thread(endpoint, session, seconds)
            await session.undo()
            found = await table.open([cookie(first)])
            assert (found.user, dict(found)) == (None, {"basket": ["tea"]})
            assert await table.sessions_of("alice") == []

    run(story)
