"""Server processes by the dozen: a process that has imported all forks them, so that a restart takes milliseconds.

It holds the listening socket and never accepts: whoever connects while no server lives waits for the next one.
"""

import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from tempfile import TemporaryFile

from sessiontable import StoreUnavailable
from tests.crash.app import serve
from tests.crash.async_app import serve_asyncio
from tests.crash.stores import ASYNCIO, opened
from tests.serving import listening

ROOT = Path(__file__).parents[2]


class Nursery:
    """Starts and kills servers. `address` is where they all listen."""

    def __init__(self, process: subprocess.Popen[str], address: tuple[str, int]) -> None:
        self.address, self.living = address, list[int]()
        self._process = process

    def start(self) -> None:
        self.living.append(int(self._ask("start")))

    def kill(self, pid: int) -> None:
        """kill -9, and the process is gone when this returns."""
        ended = self.end(pid)
        if ended != str(signal.SIGKILL.value):
            raise ServerFailedError(f"server {pid} had ended by itself, with {ended}")

    def end(self, pid: int) -> str:
        """The number of the signal that ended it; something else if it was no more, though not yet buried."""
        os.kill(pid, signal.SIGKILL)
        self.living.remove(pid)
        return self._ask(f"reap {pid}")

    def _ask(self, command: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


class ServerFailedError(Exception):
    """A server printed an error, or ended, without having been killed; the text is what it printed."""


@contextmanager
def nursery(store: str) -> Iterator[Nursery]:
    """Servers on the store that `stores.opened` opens by this name; none lives on afterwards.

    Raises ServerFailedError at the end where one of them had something to complain of.
    """
    with closing(listening()) as door, TemporaryFile("w+") as complaints:
        door.set_inheritable(True)
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.crash.nursery", str(door.fileno()), store),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True,
            pass_fds=(door.fileno(),),
            cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )  # fmt: skip
        servers = Nursery(process, door.getsockname())
        with process:
            try:
                yield servers
            finally:
                for pid in list(servers.living):
                    servers.end(pid)
                process.kill()
                complaints.seek(0)
                if text := complaints.read():
                    raise ServerFailedError(text[-5000:])


def _serve(door: int, store: str) -> None:
    os.close(0)
    assert logging.lastResort
    logging.lastResort.addFilter(lambda record: "could not be taken back" not in record.getMessage())  # Redis is down
    try:
        while True:
            with suppress(StoreUnavailable):  # Redis is down just now; a process manager would start us again
                served = serve_asyncio if store.startswith(ASYNCIO) else serve
                served(opened(store), socket(AF_INET, SOCK_STREAM, fileno=door))
            time.sleep(0.005)
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def main(door: int, store: str) -> None:
    """The nursery's own process: one command per line, one line in answer. It ends with its standard input."""
    for line in sys.stdin:
        match line.split():
            case ["start"]:
                pid = os.fork()
                if pid == 0:
                    _serve(door, store)
                print(pid, flush=True)
            case ["reap", pid]:
                _, status = os.waitpid(int(pid), 0)
                print(-os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
