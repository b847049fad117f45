"""What the lab decides in a server of its own: gates, at which a request waits until it is let through, and the clock.

With `--steered` each line of the server's input is one order, and is answered in the log by a line with an "event":

    {"do": "close", "gate": "answered", "method": "GET", "path": "/note", "number": 1, "seconds": 20}    "closed"
    {"do": "open", "number": 1}                                                                          "opened"
    {"do": "open", "number": 1, "gone": true}               the same, as soon as whoever asked has gone away
    {"do": "clock", "seconds": 7200}                                                                     "clock"

A closed gate holds the first request for its path, which is told by "waiting". One that nobody opens in its time lets the
request go on by itself: that is told by "unopened". A line that makes no sense is told by "senseless".
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event, Lock

from .log import Log
from .message import Request

GATES = ("identified", "answered")
"""Where a request may be held: the handler has said who it is, and the route has not run; the route has run, and what the
handler does at the end of a request, and the reply, are still to come."""


@dataclass(slots=True)
class _Gate:
    number: int
    name: str
    method: str
    path: str
    seconds: float
    taken: bool = False
    gone: bool = False
    opened: Event = field(default_factory=Event)

    def told(self, event: str) -> dict[str, object]:
        return {"event": event, "gate": self.name, "number": self.number, "method": self.method, "path": self.path}


class Steering:
    """The gates and the clock of one server process. Without an order every gate is open, and the clock is the machine's."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._ahead = 0.0
        self._gates: dict[int, _Gate] = {}
        self._lock = Lock()

    def now(self) -> float:
        """Seconds since the epoch, by the clock that the lab moves on."""
        return time.time() + self._ahead

    def stand(self, name: str, request: Request) -> bool:
        """A request has come to this gate: it goes on at once, or when the gate is opened, or when its time is over.

        False where whoever asked has gone away meanwhile, as the order to open it said.
        """
        gate = self._closed(name, request)
        if gate is None:
            return True
        self._log.event(gate.told("waiting"))
        if not gate.opened.wait(gate.seconds):
            with self._lock:
                self._gates.pop(gate.number, None)
            self._log.event(gate.told("unopened"))
        until = time.monotonic() + gate.seconds
        while gate.gone and not request.gone() and time.monotonic() < until:
            time.sleep(0.001)
        return not gate.gone

    def _closed(self, name: str, request: Request) -> _Gate | None:
        if not self._gates:
            return None
        with self._lock:
            for gate in self._gates.values():
                if not gate.taken and (gate.name, gate.method, gate.path) == (name, request.method, request.path):
                    gate.taken = True
                    return gate
        return None

    def obey(self, lines: Iterable[bytes], *, last: bool = True) -> None:
        """Does what each line says; if they are the `last` ones all gates are open then."""
        for line in lines:
            try:
                self._do(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self._log.event(
                    {
                        "event": "senseless",
                        "line": line[:200].decode(errors="replace"),
                        "error": f"{type(error).__name__}: {error}",
                    }
                )
        for number in list(self._gates) if last else ():
            self._open(number)

    def _do(self, order: dict[str, object]) -> None:
        match order["do"]:
            case "close":
                name, seconds = str(order["gate"]), float(str(order["seconds"]))
                if name not in GATES:
                    raise ValueError(f"no such gate: {name!r}; there are {', '.join(GATES)}")
                gate = _Gate(int(str(order["number"])), name, str(order["method"]), str(order["path"]), seconds)
                with self._lock:
                    self._gates[gate.number] = gate
                self._log.event(gate.told("closed"))
            case "open":
                self._open(int(str(order["number"])), gone=bool(order.get("gone")))
            case "clock":
                self._ahead += float(str(order["seconds"]))
                self._log.event({"event": "clock", "ahead": self._ahead})
            case other:
                raise ValueError(f"no such order: {other!r}; there are close, open, clock")

    def _open(self, number: int, *, gone: bool = False) -> None:
        with self._lock:
            gate = self._gates.pop(number, None)
        if gate is not None:
            self._log.event(gate.told("opened"))
            gate.gone = gone
            gate.opened.set()
