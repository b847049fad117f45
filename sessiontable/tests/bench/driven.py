"""The ASGI apps without a server: `python -m tests.bench.driven ours-memory read 640 FOLDER` plays so many requests, 32 at a
time, of 64 visitors who have logged in, and prints the processor time that one took, in µs.

So what the sessions cost is told apart from what the server and the kernel do, and instructions can be counted.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from .apps import starlette_app
from .load import VISITORS
from .results import PATHS

AT_A_TIME = 32


def _scope(path: str, cookie: bytes) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 4000), "scheme": "http", "root_path": "", "path": path,
        "raw_path": path.encode(), "query_string": b"", "state": {},
        "headers": [(b"host", b"127.0.0.1"), *([(b"cookie", cookie)] if cookie else [])],
    }  # fmt: skip


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _drop(_: Any) -> None:
    """Nobody reads the replies."""


async def _visitor(app: Any) -> bytes:
    lines: list[bytes] = []

    async def send(message: Any) -> None:
        lines.extend(value for name, value in message.get("headers", ()) if name == b"set-cookie")

    await app(_scope("/login", b""), _receive, send)
    return lines[-1].partition(b";")[0]


async def play(variant: str, kind: str, requests: int, folder: Path) -> float:
    """Microseconds of processor time a request."""
    app = starlette_app.build(variant, folder)
    cookies = [b""] * VISITORS if variant == "bare" else [await _visitor(app) for _ in range(VISITORS)]
    number = count()

    def one() -> Any:
        return app(_scope(PATHS[kind], cookies[next(number) % VISITORS]), _receive, _drop)

    await _groups(one, 4)  # to warm up
    began = time.process_time()
    await _groups(one, requests // AT_A_TIME)
    return (time.process_time() - began) / requests * 1e6


async def _groups(one: Callable[[], Any], groups: int) -> None:
    for _ in range(groups):
        await asyncio.gather(*(one() for _ in range(AT_A_TIME)))


if __name__ == "__main__":
    import uvloop

    print(uvloop.run(play(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
