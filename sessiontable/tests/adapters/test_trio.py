"""A server that runs on trio: what needs asyncio says so, at each call, and nothing happens half."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import trio

from sessiontable import AsyncSessionTable, MemoryStore, SessionError, Store
from sessiontable.sqlite import SQLiteStore
from tests.plain import SID

from .examples import FOLDER, served

TOLD = (
    "an AsyncSessionTable runs on asyncio, and this server runs on trio: use the server's asyncio worker, "
    "as hypercorn --worker-class asyncio"
)


@pytest.mark.parametrize("app", ["asgi_raw", "asgi_starlette", "asgi_fastapi"])
@pytest.mark.parametrize("worker", ["trio", "asyncio"])
def test_a_real_server(app: str, worker: str, tmp_path: Path) -> None:
    """hypercorn answers 500 and logs what to do; with the worker that the error names all is well."""
    command = ("hypercorn", "--worker-class", worker, "--bind", "127.0.0.1:0", "--error-logfile", "-", f"{app}:app")
    log = tmp_path / "log"
    with served(app, command, FOLDER, log, {"SESSIONS": str(tmp_path / "s.db")}) as server:
        reply = requests.get(f"http://127.0.0.1:{server.port()}/", timeout=20)
    assert (reply.status_code, "Set-Cookie" in reply.headers) == ((500, False) if worker == "trio" else (200, True))
    assert (f"sessiontable.errors.SessionError: {TOLD}\n" in log.read_text()) == (worker == "trio")


CALLS: dict[str, Callable[[AsyncSessionTable], Any]] = {
    "session": lambda table: table.session([]),
    "open": lambda table: table.open([]),
    "sessions_of": lambda table: table.sessions_of("alice"),
    "revoke_all": lambda table: table.revoke_all("alice"),
    "revoke_one": lambda table: table.revoke_one("alice", "label"),
    "sweep": lambda table: table.sweep(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_every_call_of_a_table_says_it(call: str, store: str, tmp_path: Path) -> None:
    async def story(table: AsyncSessionTable) -> None:
        with pytest.raises(SessionError, match=f"^{re.escape(TOLD)}$"):
            await _awaited(CALLS[call](table))

    with SQLiteStore(tmp_path / "s.db") as sqlite:
        kept: Store = sqlite if store == "sqlite" else MemoryStore()
        trio.run(story, AsyncSessionTable(kept, cookie=SID))


async def _awaited(answer: Any) -> None:
    if isinstance(answer, Awaitable):
        await answer


def test_asyncio_beside_it_is_not_refused() -> None:
    """trio is imported, and runs in another thread."""
    table = AsyncSessionTable(MemoryStore(), cookie=SID)

    async def story() -> list[Any]:
        session = await table.open([])
        await session.rotate("alice")
        return await table.sessions_of("alice")

    async def beside() -> int:
        return len(await trio.to_thread.run_sync(asyncio.run, story()))

    assert trio.run(beside) == 1
