"""What stands beside the subject in a play: a proxy or a cache in front of it, a store behind it; see server/parts."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from ..engines.base import Engine
from ..judging.events import NetworkChange, Request, ServerStart
from ..judging.history import History
from ..subjects.kinds import Place
from ..subjects.parts import PartServer, start_part, start_store
from ..subjects.servers import HOST

PUBLIC = "public"
STORE_PORT = 6379


class Front:
    """A proxy or a cache. `name`: that of its recipe in server/parts. In a calm twin there is none, and nothing happens."""

    def __init__(self, part: PartServer | None, name: str, history: History) -> None:
        self._part, self.name, self._history = part, name, history

    def purge(self) -> None:
        """Has it forget all that it has kept."""
        if self._part:
            self._part.purge()
            self._history.record(NetworkChange(host=self._part.host, change="purged", detail="all that it had kept"))

    @staticmethod
    def kept(request: Request | None) -> bool:
        """Whether this reply came out of a cache, by the header X-Cache that the recipes of caches set."""
        headers = request.headers if request else ()
        return any(name.lower() == "x-cache" and value.upper() == "HIT" for name, value in headers)


class Beside:
    """All of it in one play; it ends when `undo` is closed. `door`: where people go in place of the subject, if anywhere."""

    def __init__(self, engine: Engine, history: History, undo: ExitStack) -> None:
        self._engine, self._history, self._undo = engine, history, undo
        self._log = history.path.with_name("server.log")
        self.door: Place | None = None

    def stand(self, recipe: str, places: Sequence[Place]) -> Front:
        """Starts a recipe in front of these servers, on the port of the first of them."""
        topology, first = self._engine.topology, places[0]
        to = [place.connect or f"{topology.host(HOST).on(PUBLIC)}:{place.port}" for place in places]
        part = start_part(self._engine, recipe, first.port, to)
        self._undo.callback(part.stop, self._log)
        self._history.record(ServerStart(role="front", name=recipe, url=part.url, detail=" ".join(to)))
        if len(places) == 1:
            part.behind = first.server
        there = f"{topology.host(part.host).on(PUBLIC)}:{first.port}"
        self.door = replace(first, server=part, connect=there) if first.connect else Place(part, part.url)
        return Front(part, recipe, self._history)

    def store(self) -> str:
        """Starts a store that several servers share, and gives its URL with the password of this play."""
        part, url = start_store(self._engine, STORE_PORT)
        self._undo.callback(part.stop, self._log)
        self._history.record(ServerStart(role="store", name="redis", url=part.url))
        return url
