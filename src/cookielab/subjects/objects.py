"""The kind `app`: an app object that stays in the process which asks for it, and is used by the lab's people all the same.

Where the engine hands out a socket of its server host (`listen`), the app sees the true address and port of everybody.
On Docker a relay leads to it, and each public address of the lab arrives from a loopback address of its own.
"""

import asyncio
import importlib.util
import logging
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from ..engines.base import Engine, Listening
from ..errors import DeadlineExceeded, HarnessFault, LabError, UsageError
from . import forwarding
from .servers import HOST, START, Server, ServerLost

NO_UVICORN = "Subject.asgi needs uvicorn to serve the app, and it is not installed here: pip install uvicorn"
TAIL = 200
"""Lines about requests that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """An app object, and by which interface it is called."""

    app: Any
    interface: Literal["wsgi", "asgi"]

    @property
    def name(self) -> str:
        """What it is called in reports."""
        given = getattr(self.app, "import_name", None) or getattr(self.app, "__name__", None) or type(self.app).__name__
        return str(given)


class _Serving(Protocol):
    """Something that serves in a thread."""

    @property
    def running(self) -> bool: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Served(Server):
    """An app object while it is served. `notes`: what the user should know of the way there."""

    def __init__(self, engine: Engine, app: App, port: int, chain: bytes) -> None:
        self.name, self.port, self.url = app.name, port, f"http://{HOST}:{port}"
        self._lines: deque[str] = deque(maxlen=TAIL)
        self._way: Server | None = None
        self.notes: list[str] = []
        direct = hasattr(engine, "listen")
        listener = (
            cast(Listening, engine).listen(HOST, port)
            if direct
            else socket.create_server(("127.0.0.1", 0), backlog=512)
        )
        place = listener.getsockname()[1]
        self._serving = _served(app, listener, self._lines.append)
        self._serving.start()
        if not direct:
            try:
                self._way = forwarding.forward(engine, "127.0.0.1", place, port=port, chain=chain)
            except BaseException:
                self._serving.stop()
                raise
            self.notes.append(
                f"on the {engine.name} engine a relay leads to it: it sees the lab's people from loopback addresses"
            )

    def check(self, patience: float = 0.0) -> None:
        if not self._serving.running:
            raise ServerLost(self.describe("it is not served any more"))
        if self._way:
            self._way.check(patience)

    def describe(self, what: str) -> str:
        lines = "".join(f"\n  {line}" for line in list(self._lines)[-20:])
        return f"the app {self.name}: {what}{lines and chr(10) + 'its last requests:' + lines}"

    def stop(self, log: Path | None = None) -> None:
        if self._way:
            self._way.stop()
        self._serving.stop()
        if log and self._lines:
            with log.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in self._lines)


def serve(engine: Engine, app: App, port: int, chain: bytes = b"") -> Served:
    """Serves an app object at a port of the lab's server host, and returns when it accepts.

    `chain`: the key and certificates that a relay puts in front of it; without a relay that is the caller's business.
    UsageError where what would serve it is not installed, LabError where the app does not start.
    """
    if app.interface == "asgi" and importlib.util.find_spec("uvicorn") is None:
        raise UsageError(NO_UVICORN)
    return Served(engine, app, port, chain)


def _served(app: App, listener: socket.socket, told: Any) -> _Serving:
    if app.interface == "asgi":
        return _Uvicorn(listener, app, told)
    from .webserver import WebServer

    return WebServer(listener, app.app, told)


class _Uvicorn:
    """An ASGI app, with its lifespan, in an event loop of its own."""

    def __init__(self, listener: socket.socket, app: App, told: Any) -> None:
        import uvicorn

        self._listener, self._name = listener, app.name
        self._server = uvicorn.Server(
            uvicorn.Config(app.app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="auto")
        )
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="cookielab-asgi")

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        except BaseException as error:  # told by `start`, or by whoever finds it not running
            self._failed = error
        finally:
            self._listener.close()

    def start(self) -> None:
        heard = _Heard()
        logger = logging.getLogger("uvicorn.error")
        logger.addHandler(heard)
        before, logger.disabled = (
            (logger.disabled, logger.level),
            False,
        )  # somebody's logging may have put it to silence
        logger.setLevel(logging.ERROR if logger.level > logging.ERROR else logger.level)
        try:
            self._thread.start()
            deadline = time.monotonic() + START
            while not self._server.started:
                self._thread.join(0.005)
                if not self._thread.is_alive():
                    raise LabError(
                        f"the app {self._name} did not start: {heard.text or self._failed or 'it says nothing'}"
                    )
                if time.monotonic() > deadline:
                    raise DeadlineExceeded(f"the app {self._name} did not start within {START:g} s; {heard.text}")
        finally:
            logger.removeHandler(heard)
            logger.disabled = before[0]
            logger.setLevel(before[1])

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(START)
        if self._thread.is_alive():
            raise HarnessFault(
                f"the app {self._name} does not end within {START:g} s: something in it blocks its event loop"
            )


class _Heard(logging.Handler):
    """What uvicorn says of a start that fails."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage().strip()[-2000:]
