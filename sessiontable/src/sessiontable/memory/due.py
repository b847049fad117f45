"""What expires when: keys in drawers of one second each, so that neither filing nor finding one means a search."""

from heapq import heappop, heappush
from math import ceil


class Due:
    """Keys by the second in which they expire. Each call is equally short, however many keys there are.

    A key is found at most one second after its time. Filed again, it stays the object that it was: the same 32 bytes
    are not kept twice.
    """

    def __init__(self) -> None:
        self._drawers: dict[int, dict[bytes, bytes]] = {}
        self._seconds: list[int] = []  # a heap: the earliest first

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
        drawer = self._drawers[ceil(expires_at)]
        kept = drawer.pop(key)
        if not drawer:
            drawer.clear()  # an emptied dict keeps its memory
        return kept

    def postpone(self, key: bytes, expires_at: float, later: float) -> None:
        """File a key for another time."""
        if ceil(expires_at) != ceil(later):
            self.add(self.remove(key, expires_at), later)

    def take(self, now: float) -> bytes | None:
        """Take out a key whose second is over, None if there is none."""
        while self._seconds and self._seconds[0] <= now:
            drawer = self._drawers[self._seconds[0]]
            if drawer:
                return drawer.popitem()[0]
            del self._drawers[heappop(self._seconds)]
        return None
