"""What a type checker must let pass, and what it must find, in an app that uses the session. It is checked, not run.

Where an error is ignored it has to be there: with `--strict` a needless `type: ignore` is an error itself.
"""

import asyncio
from typing import Any, assert_type

from fastapi import FastAPI

from sessiontable import AsyncSession, Json, Session
from sessiontable.fastapi import CurrentSession, CurrentUser, ThreadSession

app = FastAPI()


def more(count: int | None) -> int:
    return (count or 0) + 1


@app.post("/async")
async def awaited(session: CurrentSession) -> int:
    assert_type(session, AsyncSession)
    await session.write("a", 1)
    await session.write_many({"b": [1, {"c": None}]})
    await session.update({"d": 1}, e=2)
    await session.rotate("alice", {"f": None}, max_age=60)
    await session.renew()
    await session.refresh()
    await session.settle()
    count = await session.update("n", more)
    assert_type(count, int)
    session["g"] = 1
    assert_type(session["g"], Any)
    assert_type(session.read("g"), Json)
    await session.revoke()
    return count


@app.post("/forgotten")
async def left_alone(session: CurrentSession) -> None:
    """A step begins when it is called: this is no mistake."""
    session.write("a", 1)
    session.update("n", more)
    session.rotate("alice")
    session.revoke()
    session.settle()  # type: ignore[unused-coroutine]  # which is no step: nothing begins


@app.post("/at-once")
async def in_other_ways(session: CurrentSession) -> None:
    await asyncio.gather(session.write("a", 1), session.write("b", 2))
    await asyncio.wait_for(session.rotate("alice"), 5)
    assert_type(await asyncio.create_task(session.update("n", more)), int)
    async with asyncio.TaskGroup() as group:
        group.create_task(session.revoke())


@app.post("/mistaken")
async def taken_for_the_result(session: CurrentSession) -> int:
    later = session.update("n", more) + 1  # type: ignore[operator]
    return session.update("n", more) or later  # type: ignore[return-value]


@app.post("/def")
def in_a_thread(session: CurrentSession, user: CurrentUser) -> None:
    assert_type(user, str | int)
    session.write("a", 1)
    session.write_many({"b": 2})
    session.update("n", more)
    session.rotate("alice", {"c": 3})
    session.renew()
    session.refresh()
    session["d"] = [*session.setdefault("e", []), 4]
    session.revoke()


@app.post("/def/result")
def with_the_result(session: ThreadSession) -> int:
    assert_type(session, Session)
    session.write("a", 1)
    session.rotate("alice", {"c": 3})
    count = session.update("n", more)
    assert_type(count, int)
    session["d"] = count + 1
    session.settle()
    session.revoke()
    return count


@app.post("/def/mistaken")
async def not_to_be_awaited(session: ThreadSession) -> None:
    await session.update("n", more)  # type: ignore[misc]
