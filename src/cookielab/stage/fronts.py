"""A proxy or a cache that stands in front of the subject in a play, and what a scenario may do with it."""

from ..judging.events import NetworkChange, Request
from ..judging.history import History
from ..subjects.parts import PartServer


class Front:
    """One of them. `name`: that of its recipe in server/parts."""

    def __init__(self, part: PartServer, history: History) -> None:
        self._part, self._history, self.name = part, history, part.name

    def purge(self) -> None:
        """Has it forget all that it has kept."""
        self._part.purge()
        self._history.record(
            NetworkChange(host=self.name.partition("-")[0], change="purged", detail="all that it had kept")
        )

    @staticmethod
    def kept(request: Request | None) -> bool:
        """Whether this reply came out of a cache, by the header X-Cache that the recipes of caches set."""
        headers = request.headers if request else ()
        return any(name.lower() == "x-cache" and value.upper() == "HIT" for name, value in headers)
