"""The index on port 8000: which handlers there are, and where."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from . import pages
from .handlers import Entry
from .message import Reply, Request, endpoint, json_reply


@dataclass(frozen=True, slots=True)
class Index:
    """Answers with links to the handlers, given with the ports that they listen on."""

    name: ClassVar = "index"
    handlers: tuple[tuple[Entry, int], ...]

    def answer(self, request: Request) -> Reply:
        """The list of handlers, as JSON or as a page."""
        if request.path == "/healthz":
            return json_reply(200, {"status": "ok"})
        if request.path != "/":
            return json_reply(
                404, {"handler": "index", "error": f"no such path: {request.path}; there are / and /healthz"}
            )
        if request.method not in ("GET", "HEAD"):
            return json_reply(405, {"handler": "index", "error": f"/ does not take {request.method}, only GET"})
        rows = [
            {
                "name": entry.name,
                "url": self._url(request, port),
                "identity": entry.identity_is,
                "verdict": entry.verdict,
            }
            for entry, port in self.handlers
        ]
        return pages.index(rows) if request.wants_page else json_reply(200, {"handler": "index", "handlers": rows})

    def _url(self, request: Request, port: int) -> str:
        """Where the client reaches a handler. The ports may have been moved on the way in, but all by the same distance."""
        try:
            came_to = urlsplit(f"//{request.host}")
            host, base = came_to.hostname or "localhost", came_to.port or 80
        except ValueError:
            host, base = "localhost", request.port
        return f"http://{endpoint((host, base + port - request.port))}/"
