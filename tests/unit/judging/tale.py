"""Histories written by hand, short enough to read: each call is one event."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from cookielab.judging.events import (
    ClientChange,
    Control,
    Event,
    Incident,
    Narration,
    Observation,
    Request,
    RunEnd,
    RunStart,
    ServerClock,
    ServerStart,
    Undecided,
    View,
)
from cookielab.judging.invariants import INVARIANTS
from cookielab.judging.verdict import Finding, Verdict

HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN
SEEN_FROM = "198.51.100.2:40112"
FROM = f"from {SEEN_FROM}"
SERVER = "http://server.lab.test:9001"
METHODS = {"login": "POST", "logout": "POST", "write": "PUT"}
PATHS = {"login": "/login", "logout": "/logout", "whoami": "/whoami", "write": "/note", "read": "/note"}


class Tale:
    """Collects events, numbered from 1 and one second apart."""

    def __init__(
        self,
        *exercises: str,
        cookies: Sequence[str] | None = None,
        survives: Sequence[str] | None = None,
        shared: bool = False,
    ) -> None:
        self.events: list[Event] = []
        self._start = RunStart(
            run="r",
            engine="netns",
            scenario="s",
            subject="h",
            capture="off",
            exercises=exercises,
            session_cookies=None if cookies is None else tuple(cookies),
            survives=None if survives is None else tuple(survives),
            shared=shared,
        )
        self._add(self._start)

    def exercise(self, invariant: str) -> None:
        """Has one invariant more judged."""
        start = replace(self._start, exercises=(*self._start.exercises, invariant))
        self.events[0] = self._start = replace(start, seq=1, at=1.0)

    def _add(self, event: Event) -> Event:
        number = len(self.events) + 1
        self.events.append(replace(event, seq=number, at=event.at or float(number)))
        return self.events[-1]

    def ask(
        self,
        person: str,
        action: str,
        *,
        sent: str | None = None,
        gives: Sequence[str] = (),
        status: int | None = 200,
        error: str | None = None,
        canary: str | None = None,
        claims: str | None = None,
        body: str = "",
        server: str = SERVER,
        at: float = 0.0,
        elapsed: float = 0.0,
        headers: Sequence[tuple[str, str]] = (),
        part_of: str | None = None,
        forged: str | None = None,
        succeeded: bool | None = None,
        truncated: bool = False,
        path: str | None = None,
        trouble: str | None = None,
        **view: Any,
    ) -> Event:
        """A request and its answer; what the server says it sees is given by name: visits, known, user, note, sighting.

        `claims`: "" for somebody who is not logged in.
        """
        return self._add(
            Request(
                at=at,
                person=person,
                host=person,
                action=action,
                method=METHODS.get(action, "GET"),
                url=server + (path or PATHS.get(part_of or action, "/")),
                cookies_sent=sent,
                claims=person if claims is None else claims or None,
                canary=canary,
                status=None if error else status,
                error=error,
                headers=(*headers, *(("Set-Cookie", line) for line in gives)),
                body=body or (view.get("note") or ""),
                view=View(seen_from=SEEN_FROM, **view) if view else None,
                elapsed=elapsed,
                part_of=part_of,
                forged=forged,
                succeeded=succeeded,
                truncated=truncated,
                trouble=trouble,
            )
        )

    def change(self, person: str, change: str, detail: str = "") -> None:
        self._add(ClientChange(person=person, change=change, detail=detail))

    def restart(self) -> None:
        self._add(ServerStart(role="subject", name="h", url=SERVER, detail="restart"))

    def clock(self, seconds: float) -> None:
        """The server's clock is moved on; its sessions live for 2 h without use, and for 50,000 s at the most."""
        self._add(ServerClock(seconds=seconds, idle=7200, life=50_000))

    def undecided(self, text: str, invariant: str | None = None) -> None:
        self._add(Undecided(text=text, invariant=invariant))

    def observed(self, text: str) -> None:
        self._add(Observation(text=text))

    def say(self, text: str) -> None:
        self._add(Narration(text=text))

    def control(self, met: bool) -> None:
        self._add(Control(text="one address for all", met=met))

    def incident(self, text: str, kind: str = "harness fault") -> None:
        self._add(Incident(kind=kind, text=text))

    def end(self) -> Sequence[Event]:
        self._add(RunEnd())
        return self.events

    def finding(self, invariant: str) -> Finding:
        """What the invariant alone says of the events so far."""
        return INVARIANTS[invariant](self.events)


def two_who_write() -> Tale:
    """Alice (events 2 and 3) and Bob (4 and 5) log in, each with an id of their own, and write a note."""
    tale = Tale("isolation", "continuity", "steadiness", "durability")
    for person, id_ in (("alice", "sid=A"), ("bob", "sid=B")):
        tale.ask(person, "login", gives=[f"{id_}; Max-Age=900"], known=False, user=person)
        tale.ask(person, "write", sent=id_, canary=f"c-{person}", user=person, note=f"c-{person}")
    return tale


ALICE, BOB = "sid=a1f00000000000000000000000000001", "sid=b2f00000000000000000000000000002"
TABLET = "sid=7ab1e700000000000000000000000000"
OLD, MADE = "sid=0d000000000000000000000000000000", "sid=ffffffffffffffffffffffffffffffff"
"""OLD is from before a login; the server has not issued MADE."""
NOTE_OF = {"alice": "c-0123456789ab", "bob": "c-ba9876543210"}


def calibrated(*, survives: Sequence[str] | None = None, notes: bool = True, shared: bool = False) -> Tale:
    """A subject whose session cookie is `sid`: Alice (events 2 and 3) and Bob (4 and 5) log in by redirect, and write."""
    tale = Tale(cookies=["sid"], survives=survives, shared=shared)
    for person, id_ in (("alice", ALICE), ("bob", BOB)):
        tale.ask(person, "login", gives=[f"{id_}; Path=/", "lang=en"], status=302, succeeded=True)
        if notes:
            tale.ask(person, "write", sent=id_, canary=NOTE_OF[person], status=302, succeeded=True)
        else:
            tale.ask(person, "whoami", sent=id_, sighting="this")
    return tale


def rewrite(tale: Tale, canary: str, at: float, elapsed: float) -> None:
    """Alice, logged in as in `calibrated`, writes another note."""
    tale.ask("alice", "write", sent=ALICE, canary=canary, status=302, succeeded=True, at=at, elapsed=elapsed)


def planted(*, issued_to: str | None = "mallory", gives: Sequence[str] = (), cookies: Sequence[str] = ("sid",)) -> Tale:
    """The id OLD (2) is planted in Alice's browser (3), who logs in with it (4), which gives her cookies or none."""
    tale = Tale(cookies=cookies)
    tale.ask(issued_to or "bob", "visit", claims="", gives=[OLD] if issued_to else [])
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "login", sent=OLD, gives=gives, status=302, succeeded=True)
    return tale


def issuing(values: Sequence[str], *names: str) -> Tale:
    """A server gives one id after the other, in cookies of these names, `sid` if there are none."""
    tale = Tale(cookies=names or ("sid",))
    for value in values:
        tale.ask("bob", "visit", claims="", gives=[f"{name}={value}" for name in names or ("sid",)])
    return tale
