"""A real redis-server or valkey-server for a test: on a socket of its own in a folder of its own, gone afterwards.

>>> with redis_server() as server:
...     store = RedisStore(server.url)
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import randrange
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import redis

from tests.tools import need

SECONDS = 10.0
"""So long a server may take to start, and to end."""

_TRIES = 20  # of ports; a server cannot bind port 0 and tell which one it got


class ServerFailed(Exception):
    """The server did not start or ended early; the message carries what it printed."""


class RedisServer:
    """A running server. `url` is what a store opens; `port` is None unless one was asked for."""

    def __init__(self, folder: Path, program: str, password: str, options: list[str], wants_port: bool) -> None:
        self.folder, self.program, self.password = folder, program, password
        self.socket, self.log, self.port = folder / "redis.sock", folder / "log", None
        self.url = f"unix://{f':{quote(password, safe="")}@' if password else ''}{self.socket}"
        self._options, self._wants_port = options, wants_port
        self._process: subprocess.Popen[bytes] | None = None

    port: int | None

    def start(self) -> None:
        """Also starts it again, on what is left in its folder."""
        for _ in range(_TRIES):
            if self._wants_port and self.port is None:
                self.port = randrange(20_000, 30_000)  # the bus of a cluster is 10,000 above
            if self._answers():
                return
            self.port = None
        raise self._failed(f"found no free port in {_TRIES} tries")

    def stop(self) -> None:
        """Ends it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a crash does (kill -9)."""
        self._end(signal.SIGKILL)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It neither answers nor hangs up (SIGSTOP), and goes on afterwards."""
        process = self._process
        assert process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | bytes | int) -> Any:
        """The reply to one command, on a connection of its own; texts as str."""
        with closing(self._client()) as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]

    def _client(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket), password=self.password or None,
            decode_responses=True, protocol=2, socket_timeout=SECONDS,
        )  # fmt: skip

    def _answers(self) -> bool:
        """Whether it runs now. False: its port is taken. Raises ServerFailed for anything else."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                (
                    self.program, "--port", str(self.port or 0), "--bind", "127.0.0.1", "--daemonize", "no",
                    "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--dir", str(self.folder),
                    "--save", "", *self._options, *(("--requirepass", self.password) if self.password else ()),
                ),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                if self.port and "in use" in self.log.read_text(errors="replace"):
                    return False
                raise self._failed(f"exited with {self._process.returncode}")
            with suppress(redis.ConnectionError):  # not there yet, or still loading
                self.ask("PING")
                return True
            time.sleep(0.005)
        raise self._failed(f"did not answer within {SECONDS:g} s")

    def _failed(self, how: str) -> ServerFailed:
        printed = self.log.read_text(errors="replace")[-2000:]
        return ServerFailed(f"{self.program} {how}; its last output:\n{printed}")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)
            raise self._failed(f"did not end within {SECONDS:g} s after {how.name}") from None


@contextmanager
def redis_server(
    program: str = "redis-server", *, password: str = "", aof: bool = False, cluster: bool = False, tcp: bool = False
) -> Iterator[RedisServer]:
    """A server that listens on a Unix socket.

    `aof`: every acknowledged write is on disk. `cluster`: a cluster of this one node, which has all slots, and
    refuses commands with keys in several of them. `tcp`: also on a port of 127.0.0.1 (a cluster always is).
    Skips the test where the program is not installed, see `tools.need`.
    """
    need(program)
    options = ["--appendonly", "yes", "--appendfsync", "always"] if aof else []
    if cluster:
        options += ["--cluster-enabled", "yes"]
    with TemporaryDirectory(prefix="cookielab-redis-") as folder:
        server = RedisServer(Path(folder), program, password, options, wants_port=tcp or cluster)
        try:
            server.start()
            if cluster:
                server.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
                _until_ok(server)
            yield server
        finally:
            server.kill()


def _until_ok(server: RedisServer) -> None:
    deadline = time.monotonic() + SECONDS
    while "cluster_state:ok" not in str(server.ask("CLUSTER", "INFO")):
        if time.monotonic() > deadline:
            raise ServerFailed(f"{server.program}: the cluster of one is not up within {SECONDS:g} s")
        time.sleep(0.01)
