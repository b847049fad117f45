"""What somebody hears who listens on a network: every frame, as in a cafe over the air. TLS says nothing to them."""

import re
from contextlib import suppress
from pathlib import Path

from ..engines.base import Engine
from ..engines.process import Process

READY = 5.0
REQUEST = re.compile(rb"(?:GET|POST|PUT) (/\S*) HTTP/1\.1\r\n")
COOKIE = re.compile(rb"\r\nCookie: ([^\r\n]+)\r\n", re.IGNORECASE)


class Ear:
    """Listens on the side of a gateway that has this address, until `end`. `file`: where the packets are kept."""

    def __init__(self, engine: Engine, gateway: str, address: str, file: Path) -> None:
        self._file = file
        argv = ("python", "-m", "nat.record", address)
        self._process: Process = engine.spawn(gateway, argv, privileged=True, sink=file)
        self._process.says("listening on", READY)

    def end(self) -> None:
        self._process.stop()

    def requests(self) -> int:
        """How many requests were heard in the clear."""
        return len(REQUEST.findall(self._heard()))

    def cookies(self) -> list[tuple[str, str]]:
        """Name and value of all cookies that were heard in the clear, each once, the latest first."""
        found: dict[tuple[str, str], None] = {}
        for line in reversed(COOKIE.findall(self._heard())):
            for part in line.decode("latin-1").split(";"):
                name, _, value = part.strip().partition("=")
                found.setdefault((name, value))
        return list(found)

    def _heard(self) -> bytes:
        with suppress(FileNotFoundError):
            return self._file.read_bytes()
        return b""
