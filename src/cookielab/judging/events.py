"""All that can happen in a run, as frozen records: a history is a list of these and of nothing else."""

import re
from collections.abc import Mapping

from msgspec import Struct, field


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What msgspec reads and writes as it stands: a line of JSON with anything else in it is no record."""


def _name(kind: str) -> str:
    """The name of an event in a stored history: `run-start` of `RunStart`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()


class Event(Record, frozen=True, kw_only=True, tag_field="type", tag=_name):
    """What all events have: the number that the history gives them, from 1, and a date (seconds since the epoch)."""

    seq: int = 0
    at: float = 0.0


class RunStart(Event, frozen=True, kw_only=True):
    """The first event: enough to judge the history without anything else. `hosts` maps each host to its addresses."""

    run: str
    engine: str
    scenario: str
    subject: str
    capture: str
    exercises: tuple[str, ...]
    must_break: tuple[str, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    session_cookies: tuple[str, ...] | None = None
    """Names of the cookies that make up a session, as the preflight has found them; None: not known, any may be one."""
    survives: tuple[str, ...] | None = None
    """What the profile says that sessions outlive (`restart`, `password`, `lost-reply`); None: it says nothing, so it is told, not judged."""
    shared: bool = False
    """The profile says that everybody may see what people store."""


class RunEnd(Event, frozen=True, kw_only=True):
    """The last event of a run that was played to its end; a history without it was cut short."""


class Narration(Event, frozen=True, kw_only=True):
    """One short sentence by the scenario: what happens next, and why."""

    text: str


class View(Record, frozen=True, kw_only=True):
    """What the server says it sees: whom it takes the client for. None where it says nothing of it."""

    identity: str | None = None
    known: bool | None = None
    user: str | None = None
    seen_from: str | None = None
    visits: int | None = None
    note: str | None = None
    sighting: str | None = None
    """One of SIGHTINGS, where the reply was read through a profile; None where the profile reads nothing there."""


SIGHTINGS = ("anonymous", "this", "another", "several", "error", "not understood")
"""What one reply says of who the client is: nobody, the user that it claims to be, another one, more than one."""


class Request(Event, frozen=True, kw_only=True):
    """One request and what became of it. `at` is when it was sent, `elapsed` how many seconds the answer took.

    `action`: visit, create, login, whoami, write, read, logout, change_password, step (the honest ones), forge,
    neighbour, raw, probe.
    A verb that takes several requests (a page with its form, redirects) is recorded hop by hop: all but the last are a
    `step`, `part_of` that verb. `claims` is the user that the person logs in as or believes to be. `canary` is the value
    that is written, or that a read should give. `cookies_sent` is the Cookie header as sent, several lines joined by "; ".
    `forged`: what was made up or taken from elsewhere, in words, of a request with the action forge, which leaves the
    client's own jar as it is. `succeeded`: whether the verb did what it is for, by the profile; None: by the status.
    Without an answer `status` is None and `error` its kind. `truncated`: the body was too long and is cut.
    `trouble`: what the network did just then to what this person sends or is sent, where no answer came: nobody's fault.
    `resent`: the connection that had been kept open was dead, so the client sent it once more on a new one.
    """

    person: str
    host: str
    action: str
    method: str
    url: str
    local: str | None = None
    cookies_sent: str | None = None
    claims: str | None = None
    canary: str | None = None
    status: int | None = None
    error: str | None = None
    error_text: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    view: View | None = None
    elapsed: float = 0.0
    resent: bool = False
    part_of: str | None = None
    forged: str | None = None
    succeeded: bool | None = None
    truncated: bool = False
    trouble: str | None = None

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """The values of all Set-Cookie lines of the answer."""
        return tuple([value for name, value in self.headers if name.lower() == "set-cookie"])

    @property
    def accepted(self) -> bool:
        """The server said yes: by the profile, where that tells, else by a status of success."""
        if self.succeeded is not None:
            return self.succeeded
        return self.status is not None and 200 <= self.status < 300

    @property
    def sighting(self) -> str | None:
        """Whom the reply takes the client for, one of SIGHTINGS; None where it says nothing of it."""
        return self.view.sighting if self.view else None

    @property
    def ended(self) -> float:
        """When the answer was there."""
        return self.at + self.elapsed


class ServerStart(Event, frozen=True, kw_only=True):
    """A server was started for this run. `role`: subject, neighbour, front (a proxy before the subject) or store."""

    role: str
    name: str
    url: str
    detail: str = ""


class UnderWay(Event, frozen=True, kw_only=True):
    """A person's request has been sent, and others happen before its reply; it is recorded when that has come.

    `state`: begun, goes on. `gate`: where the server holds it in between; empty: nowhere, it takes its own time.
    """

    person: str
    action: str
    state: str
    gate: str = ""


class ServerClock(Event, frozen=True, kw_only=True):
    """The server's clock was moved on by so many seconds.

    `idle`, `life`: after how many a session ends by the server's own word that nobody uses, and any session after its
    login. Cookies say nothing of the one, and promise more than the other where each reply renews them.
    """

    seconds: float
    idle: int
    life: int


class ClientChange(Event, frozen=True, kw_only=True):
    """Something changed at a person's client without a request.

    `change`: arrived, new connection, local port, preface, closed browser, browser (what it calls itself), clock moved, cookie
    planted, cookie deleted.
    """

    person: str
    change: str
    detail: str = ""


class NetworkChange(Event, frozen=True, kw_only=True):
    """Something changed at a host of the network.

    `change`: nat, timers, flush, reboot, trouble, roam, address, vpn, jar, capture, purged, killed.
    """

    host: str
    change: str
    detail: str


class Translation(Record, frozen=True, kw_only=True):
    """One line of a gateway's table: the client's own ip:port, the one that it has outside, and whom it talks to."""

    client: str
    inside: str
    outside: str
    remote: str
    state: str = ""


class TableShown(Event, frozen=True, kw_only=True):
    """A gateway's translation table at this moment."""

    gateway: str
    translations: tuple[Translation, ...]


class Control(Event, frozen=True, kw_only=True):
    """A positive control: the situation that the scenario is about came about, or not: then nothing is proven."""

    text: str
    met: bool


class Incident(Event, frozen=True, kw_only=True):
    """A fault of the lab or the end of a server: what follows cannot be laid to the subject's logic.

    `kind`: harness fault, part missing, server lost, scenario crashed, interrupted.
    """

    kind: str
    text: str


class Observation(Event, frozen=True, kw_only=True):
    """Something worth telling that is nobody's fault, or a matter of taste: it is reported and never judged."""

    text: str


class Undecided(Event, frozen=True, kw_only=True):
    """A step that could not be judged, and what would decide it: without a proof of a break the verdict is unknown."""

    text: str
    invariant: str | None = None


HONEST = frozenset({"visit", "login", "whoami", "write", "read", "logout", "change_password", "step"})
"""Actions of people who do nothing but use the server."""

TYPES: Mapping[str, type[Event]] = {_name(kind.__name__): kind for kind in Event.__subclasses__()}
"""The name of each event in a stored history."""
