"""Benchmarks of the catalogue of scenarios, and of the gateway under capture: many plays, and many connections."""

import sys
from collections.abc import Mapping

from cookielab.errors import CommandFailed
from cookielab.subjects.handlers import HANDLERS

from .commands import NETNS, play
from .measure import LAB, Bench, Row, Sample, clock, run

CONNECTIONS, AT_ONCE = 800, 8
BURST = f"""
import socket, threading
def some():
    for _ in range({CONNECTIONS // AT_ONCE}):
        with socket.create_connection(("server.lab.test", 8006), 20) as link:
            link.sendall(b"GET /healthz HTTP/1.0\\r\\nHost: server.lab.test\\r\\n\\r\\n")
            while link.recv(65536):
                pass
threads = [threading.Thread(target=some) for _ in range({AT_ONCE})]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def connections(capture: str) -> Sample:
    """Milliseconds that one of many connections of one client's takes, each with one request; the lab's start does not count."""
    try:
        run((LAB, "up", "--capture", capture), NETNS)
        with clock() as bare:
            run((LAB, "exec", "carol", "--", sys.executable, "-c", "pass"), NETNS)
        with clock() as sample:
            run((LAB, "exec", "carol", "--", sys.executable, "-c", BURST), NETNS)
    finally:
        run((LAB, "down"), NETNS)
    return Sample((sample.value - bare.value) * 1000 / CONNECTIONS)


def foundation() -> Mapping[str, Sample]:
    words = [word for name in HANDLERS for word in ("--handler", name)]
    words = [*words, "--capture", "off"]
    return {"run": play("foundation", *words, "--jobs", "2"), "one": play("foundation", *words)}


def no_docker() -> str:
    """Why Docker cannot be measured; empty where it can."""
    try:
        run(("docker", "version"))
    except (CommandFailed, FileNotFoundError):
        return "no Docker daemon answers here"
    return ""


BENCHES = (
    Bench(
        "foundation",
        "`cookielab run foundation` against the six handlers of the story, lab up and down included",
        {
            "run": Row("netns: six scenarios x six handlers, capture off, --jobs 2", limit=12),
            "one": Row("netns: the same in one lab"),
        },
        3,
        foundation,
    ),
    Bench(
        "catalogue",
        "`cookielab run all --capture off`: all scenarios, each against its flawed handlers and the fix, those of the "
        "foundation against all six; lab and parts up and down included",
        {"run": Row("netns: the whole catalogue", limit=150)},
        3,
        lambda: {"run": play("all", "--capture", "off", seconds=600.0)},
    ),
    Bench(
        "catalogue-docker",
        "the same on Docker, all images built before",
        {"run": Row("Docker: the whole catalogue", limit=480)},
        1,
        lambda: {"run": play("all", "--capture", "off", engine="docker", seconds=1200.0)},
        no_docker,
    ),
    Bench(
        "capture",
        f"{CONNECTIONS} connections of one client, {AT_ONCE} at a time, each with one request and its reply, without the start "
        "of the program that opens them; 2.5 ms each are 400 in a second",
        {
            "mitm": Row("netns: one connection under capture mitm", "ms", 2.5),
            "off": Row("netns: one connection, capture off", "ms"),
        },
        3,
        lambda: {capture: connections(capture) for capture in ("mitm", "off")},
    ),
)
