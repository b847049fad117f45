"""A process that works on a store with others: `python -m tests.contract.worker`.

It is given how to open the store and what to do, pickled, on standard input; says "ready"; starts at the next line;
and leaves what it found, pickled, on standard output.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sessiontable import Change, Outcome, Record, Store
from tests.contract.face import NOW, PLENTY, key, record

ROOT = Path(__file__).parents[2]
DEADLINE = 60


def write_own(store: Store, mine: str, times: int) -> int:
    """Write names of one's own, and one again and again; how many writes were acknowledged."""
    changes = [Change(f"{mine}{number}", str(number), PLENTY) for number in range(times)]
    changes += [Change(mine, str(number), PLENTY) for number in range(times)]
    return [store.write(key("a"), change, NOW) for change in changes].count(Outcome.DONE)


def write_first(store: Store, mine: str, times: int) -> list[Outcome]:
    """Try to be the first who writes each of some names."""
    changes = [Change(f"round{number}", mine, PLENTY, checked=True) for number in range(times)]
    return [store.write(key("a"), change, NOW) for change in changes]


def count_up(store: Store, mine: str, times: int) -> None:
    """Add one to a value that others add to as well."""
    for _ in range(times):
        outcome = None
        while outcome is not Outcome.DONE:
            found = store.read(key("a"), NOW)
            assert found
            before = found.values["n"]
            change = Change("n", str(int(before) + 1), PLENTY, checked=True, before=before)
            outcome = store.write(key("a"), change, NOW)


def log_in(store: Store, mine: str, times: int) -> list[Record | None]:
    """Move each of some sessions."""
    return [
        store.move(key(f"old{number}"), key(f"new{number}"), record("alice"), NOW, NOW + 10) for number in range(times)
    ]


def log_out(store: Store, mine: str, times: int) -> list[bool]:
    """End each of some sessions."""
    return [store.delete(key(f"old{number}")) for number in range(times)]


def write_each(store: Store, mine: str, times: int) -> list[Outcome]:
    """Write into each of some sessions."""
    return [store.write(key(f"old{number}"), Change(mine, "1", PLENTY), NOW) for number in range(times)]


def apart(opener: Callable[[], Store], works: list[tuple[Callable[[Store, str, int], Any], str, int]]) -> list[Any]:
    """Each work in a process of its own; they start together. Returns what each one found."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    argv = [sys.executable, "-m", "tests.contract.worker"]
    processes = [
        subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}
        )
        for _ in works
    ]
    try:
        for process, work in zip(processes, works, strict=True):
            assert process.stdin
            pickle.dump((opener, work), process.stdin)
            process.stdin.flush()
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n", f"worker {process.pid} did not start: see its stderr"
        for process in processes:
            assert process.stdin
            process.stdin.write(b"go\n")
            process.stdin.flush()
        results = [pickle.loads(process.communicate(timeout=DEADLINE)[0]) for process in processes]
        assert [process.returncode for process in processes] == [0] * len(works)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return results


def main() -> None:
    opener, (work, mine, times) = pickle.load(sys.stdin.buffer)
    store = opener()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.buffer.readline()
    found = work(store, mine, times)
    if close := getattr(store, "close", None):
        close()
    pickle.dump(found, sys.stdout.buffer)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
