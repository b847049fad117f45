"""A list in memory while another thread logs in: a session that moves meanwhile is in it under one of its two keys."""

from threading import Thread

from sessiontable import MemoryStore, Record

OLD, NEW = b"o" * 32, b"n" * 32


class MovedMeanwhile(MemoryStore):
    """Another thread moves the session just when a list is about to read its record."""

    mover: Thread | None = None

    def read(self, key: bytes, now: float) -> Record | None:
        if key == OLD and self.mover is None:
            self.mover = Thread(target=self.move, args=(OLD, NEW, Record(0, 100, "alice"), 1, 11))
            self.mover.start()
            self.mover.join(0.2)  # it is done by then, unless it has to wait for the list
        return super().read(key, now)


def test_a_session_that_moves_meanwhile_is_listed() -> None:
    """Otherwise an end of all sessions would let it escape."""
    store = MovedMeanwhile()
    store.create(OLD, Record(0, 100, "alice"), 0)
    listed = store.sessions_of("alice", 1)
    assert store.mover
    store.mover.join(10)
    assert [key for key, _ in listed] in ([OLD], [NEW])
