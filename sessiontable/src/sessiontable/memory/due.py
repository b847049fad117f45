"""What expires when: keys in drawers of one second each, so that neither filing nor finding one means a search."""

from heapq import heapify, heappop, heappush
from math import ceil, inf

_SPARE = 64  # seconds without a drawer that may stand in the heap, besides as many as there are drawers


class Due:
    """Keys by the second in which they expire. Each call is equally short, but for the moments when the heap is tidied.

    A key is found at most one second after its time. Filed again, it stays the object that it was: the same 32 bytes
    are not kept twice.
    """

    def __init__(self) -> None:
        self._drawers: dict[int, dict[bytes, bytes]] = {}
        self._seconds: list[int] = []  # a heap, the earliest first: of each drawer, and of some that are gone

    @property
    def earliest(self) -> float:
        """The first second in which something may expire."""
        return self._seconds[0] if self._seconds else inf

    def add(self, key: bytes, expires_at: float) -> None:
        """File a key that is not filed yet."""
        second = ceil(expires_at)
        drawer = self._drawers.get(second)
        if drawer is None:
            drawer = self._drawers[second] = {}
            heappush(self._seconds, second)
        drawer[key] = key

    def remove(self, key: bytes, expires_at: float) -> bytes:
        """Take out a key that was filed for this time."""
        second = ceil(expires_at)
        drawer = self._drawers[second]
        kept = drawer.pop(key)
        if not drawer:
            del self._drawers[second]
            if len(self._seconds) > 2 * len(self._drawers) + _SPARE:  # or a month of moved ends would pile up
                self._seconds = list(self._drawers)
                heapify(self._seconds)
        return kept

    def postpone(self, key: bytes, expires_at: float, later: float) -> None:
        """File a key for another time."""
        if ceil(expires_at) != ceil(later):
            self.add(self.remove(key, expires_at), later)

    def take(self, now: float) -> bytes | None:
        """Take out a key whose second is over, None if there is none."""
        while self._seconds and self._seconds[0] <= now:
            drawer = self._drawers.get(self._seconds[0])
            if drawer:
                return drawer.popitem()[0]
            self._drawers.pop(heappop(self._seconds), None)
        return None
