"""A memory store in forked processes: never two tables that look like one, and no lock that is held for ever."""

from tests.scripts import printed

BEGIN = """
import os, sys, threading
from sessiontable import Change, MemoryStore, Record, SessionError, SessionTable
store = MemoryStore()
store.create(b"a", Record(0, 1000, "alice"), 0)
"""
REFUSED = """
child = os.fork()
if not child:
    calls = [
        lambda: store.create(b"b", Record(0, 1000), 0), lambda: store.read(b"a", 0), lambda: store.delete(b"a"),
        lambda: store.write(b"a", Change("x", "1", 99), 0), lambda: store.touch(b"a", 2000, 0),
        lambda: store.move(b"a", b"b", Record(0, 1000, "alice"), 0, 0), lambda: store.sessions_of("alice", 0),
        lambda: list(store.sessions(0)), lambda: store.sweep(0, 10), lambda: SessionTable(store).revoke_all("alice"),
    ]
    for call in calls:
        try:
            call()
            print("no error")
        except SessionError as error:
            print(str(error).replace(str(os.getpid()), "CHILD").replace(str(os.getppid()), "PARENT"))
    fresh = MemoryStore()
    fresh.create(b"b", Record(0, 1000), 0)
    print(bool(fresh.read(b"b", 0)), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(bool(store.read(b"a", 0)))
"""
HELD = """
held, go = threading.Event(), threading.Event()
def hold():
    with store._lock:
        held.set()
        go.wait()
threading.Thread(target=hold).start()
held.wait()
"""
DAEMON = """
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    pass
print([key for key, _ in store.sessions(0)])
store.create(b"b", Record(0, 1000), 0)
print([key for key, _ in store.sessions(0)], flush=True)
"""


def test_a_child_is_told_what_to_do() -> None:
    """Each call is refused while the parent is there, who goes on; a store of the child's own serves."""
    *refusals, own, parents = printed(BEGIN + REFUSED).splitlines()
    assert (
        refusals
        == [
            "this MemoryStore was made before a fork: process CHILD and its parent PARENT would each have sessions of their "
            "own; make the store after the fork and serve with one process (gunicorn: --workers 1 without --preload), "
            "or use SQLiteStore"
        ]
        * 10
    )
    assert (own, parents) == ("True", "True")


def test_a_fork_beside_a_write_leaves_no_lock_behind() -> None:
    """The child is refused at once, as any other."""
    *refusals, own, parents = printed(BEGIN + HELD + REFUSED.replace("os.waitpid", "go.set(); os.waitpid")).splitlines()
    assert len(refusals) == 10
    assert (own, parents) == ("True", "True")


def test_a_daemon_takes_its_sessions_along() -> None:
    """Its parent has ended. Where a thread of the parent's was in the middle of a change, it begins with an empty store."""
    assert printed(BEGIN + DAEMON).splitlines() == ["[b'a']", "[b'a', b'b']"]
    assert printed(BEGIN + HELD + DAEMON).splitlines() == ["[]", "[b'b']"]
