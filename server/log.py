"""The server's log: one JSON object a line, written at once, the whole line in one piece."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock


class Log:
    """Writes to a file descriptor, past Python's buffers: a line is out when the call returns, also at a sudden end."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lock = Lock()

    def listening(self, handler: str, port: int) -> None:
        """From now on this handler answers at this port."""
        self._write({"event": "listening", "handler": handler, "port": port})

    def event(self, entry: Mapping[str, object]) -> None:
        """Something that the lab has ordered has happened; see steering.py."""
        self._write(dict(entry))

    def request(
        self,
        *,
        handler: str,
        client: str,
        method: str,
        path: str,
        cookies: Sequence[str],
        status: int | None,
        identity: str | None = None,
        known: bool = False,
        user: str | None = None,
    ) -> None:
        """One request. `client` is "ip:port", `cookies` all Cookie header lines, `status` None if nothing was replied."""
        self._write(
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "handler": handler,
                "client": client,
                "method": method,
                "path": path,
                "cookies": list(cookies),
                "identity": identity,
                "known": known,
                "user": user,
                "status": status,
            }
        )

    def _write(self, entry: dict[str, object]) -> None:
        line = memoryview(json.dumps(entry).encode() + b"\n")
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except BrokenPipeError:
                return  # a log that nobody reads any more is no reason to stop answering
