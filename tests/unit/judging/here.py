"""A stage without a network: the real agents and the real servers, all on this machine's loopback address."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from cookielab.engines.process import Process
from cookielab.topology.records import Topology

ROOT = Path(__file__).parents[3]


class Here:
    """Starts what it is asked for on this machine, whatever the host. `instead`: scripts to run in place of modules."""

    name = "here"

    def __init__(self, folder: Path) -> None:
        self.topology = Topology("here", {}, {}, folder)
        self.processes: list[Process] = []
        self.instead: dict[str, str] = {}

    def spawn(
        self,
        host: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        privileged: bool = False,
        sink: Path | None = None,
    ) -> Process:
        words = [sys.executable if word == "python" else word for word in argv]
        if len(words) > 2 and words[2] in self.instead:
            words = [sys.executable, "-u", "-c", self.instead[words[2]]]
        child = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/src"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

        def wait(seconds: float) -> int | None:
            try:
                return child.wait(seconds) if seconds else child.poll()
            except subprocess.TimeoutExpired:
                return None

        stdin, stdout, stderr = (_taken(pipe) for pipe in (child.stdin, child.stdout, child.stderr))
        process = Process(
            host, tuple(argv), stdin=stdin, stdout=stdout, stderr=stderr, wait=wait, signal=child.send_signal
        )
        self.processes.append(process)
        return process


def _taken(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    with pipe:
        return os.dup(pipe.fileno())
