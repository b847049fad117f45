"""The lab's hand on a server of its own: its gates and its clock, see server/steering.py. Others' servers have neither."""

import json
import time
from collections.abc import Callable
from typing import Any

from ..engines.process import Process
from ..errors import DeadlineExceeded, HarnessFault

UNOPENED = 20.0
"""Seconds after which a server lets go by itself what it holds at a gate."""
ANSWER = 10.0
"""Seconds within which a server does what it is told, and a request arrives at a gate that waits for it."""


class Steering:
    """Orders to one server process and what it says of them. `keep` gets every line of its log that is read on the way."""

    def __init__(self, process: Process, keep: Callable[[str], None]) -> None:
        self._process, self._keep = process, keep
        self._numbers = 0
        self._unopened: set[int] = set()

    def close(self, gate: str, method: str, path: str) -> int:
        """Closes a gate for the next request of this method and path; gives the number by which it is opened."""
        self._numbers += 1
        self._order(do="close", gate=gate, method=method, path=path, number=self._numbers, seconds=UNOPENED)
        self._hear(f"the gate '{gate}' at {method} {path} was to be closed", ("closed",), self._numbers)
        return self._numbers

    def arrived(self, number: int, what: str) -> None:
        """Waits until the request stands at the gate. HarnessFault naming it where none comes. `what`: the gate, in words."""
        self._hear(f"{what}: no request has come to it", ("waiting",), number)

    def open(self, number: int, what: str, *, gone: bool = False) -> None:
        """Lets the request go on; with `gone` not before whoever asked has gone away. HarnessFault naming the gate where the
        server had to do so by itself."""
        if number not in self._unopened:
            self._order(do="open", number=number, gone=gone)
            self._hear(f"{what} was to be opened", ("opened", "unopened"), number)
        if number in self._unopened:
            raise HarnessFault(
                f"{what}: nobody opened it in its time, so the server has let the request go on by itself"
            )

    def advance(self, seconds: float) -> None:
        """Moves the server's clock on."""
        self._order(do="clock", seconds=seconds)
        self._hear(f"the clock was to be moved on by {seconds:g} s", ("clock",))

    def _order(self, **words: Any) -> None:
        self._process.send(json.dumps(words))

    def _hear(self, what: str, events: tuple[str, ...], number: int | None = None) -> dict[str, Any]:
        """What the server says of an order. HarnessFault with its last output where it does not, and where it makes no sense
        of it."""
        deadline = time.monotonic() + ANSWER
        while True:
            try:
                line = self._process.readline(max(0.0, deadline - time.monotonic()))
            except DeadlineExceeded:
                raise HarnessFault(self._process.describe(f"{what}, within {ANSWER:g} s")) from None
            self._keep(line)
            said = parsed(line)
            if said.get("event") == "unopened":
                self._unopened.add(said["number"])
            if said.get("event") == "senseless":
                raise HarnessFault(
                    self._process.describe(f"{what}, and the server makes no sense of it: {said['error']}")
                )
            if said.get("event") in events and number in {None, said.get("number")}:
                return said


def parsed(line: str) -> dict[str, Any]:
    """A line of a server's log; empty where it is no JSON object."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
