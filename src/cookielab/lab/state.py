"""Labs that stay up between commands: what is needed to find one again, kept in `.lab/labs/<name>/lab.json`."""

import fcntl
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from .. import extras, places
from ..engines import choice
from ..engines.base import Engine, HostState
from ..engines.owner import ended, mark
from ..errors import LabError, UsageError, one_of
from ..interrupts import shielded
from ..topology import composefile
from ..topology.records import Topology

root, home = places.root, places.home
"""Where the story folders are; where state and evidence are kept."""
CAPTURES = ("mitm", "passive", "off")
STORES = {
    "memory": "in the server's memory",
    "sqlite": "in a file at the server's host",
    "redis": "in Redis on a host of its own",
}
"""Where the session table keeps its sessions."""
OVERLAYS = {"redis": "redis.yaml"}
"""What a store needs beside the lab's file, in the same folder."""
MITMWEB = "mitmweb"


def name() -> str:
    """The lab that this command is about. UsageError for a name that cannot be part of a path and of a project's name."""
    name = os.environ.get("LAB_NAME") or "cookielab"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise UsageError(
            f"LAB_NAME={name!r} cannot be the name of a lab: use small letters, digits, - and _, and begin with a letter or digit"
        )
    return name


def new_id() -> str:
    """A run id: unique, and sorted by time in a listing."""
    from datetime import UTC, datetime

    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class Record:
    """A lab as it was brought up. `variables` are the LAB_* values that its file is read with, each time.

    `store`: where the session table keeps its sessions.
    `owner`: the mark of the process that it is to end with, empty for a lab that is to stay up.
    `playing`: a run is on its way in it, or was killed there and could not put the network back as it was.
    """

    name: str
    engine: str
    run_id: str
    file: str
    capture: str
    password: str
    up: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    playing: bool = False
    store: str = "memory"
    owner: str = ""


@dataclass(slots=True)
class Lab:
    """A lab with its engine: what the commands work on."""

    record: Record
    engine: Engine
    why: str
    note: str = ""
    """What is to be said of it when it is brought up."""

    @property
    def topology(self) -> Topology:
        return self.engine.topology

    def gateway(self) -> str:
        """The gateway whose traffic is captured: the one that mitmweb's process shares a stack with."""
        return self.topology.stack(MITMWEB).name

    def hosts(self) -> list[str]:
        """The hosts to bring up for this capture mode."""
        return [name for name in self.topology.hosts if name != MITMWEB or self.record.capture == "mitm"]

    def states(self) -> dict[str, HostState]:
        """How the hosts of this lab are, those that its capture mode needs."""
        wanted = self.hosts()
        return {name: state for name, state in self.engine.states().items() if name in wanted}

    @property
    def left(self) -> bool:
        """It was to end with a command, which was killed: nobody has it, and whoever comes next removes it."""
        return ended(self.record.owner)

    def running(self) -> bool:
        """Every host is up and healthy, and no run was killed in it. For whoever has the lab alone."""
        return (
            self.record.up
            and not self.left
            and not self.record.playing
            and all(state.state == "running" for state in self.states().values())
        )

    def mitmweb(self) -> str:
        """Where the user finds mitmweb, with the password in the address."""
        published = next(iter(self.topology.stack(MITMWEB).published))
        return f"http://{published.host_address}:{published.host_port}/?token={self.record.password}"


def folder(name: str) -> Path:
    """Where the state of a lab is kept, whether it exists or not."""
    return places.where() / "labs" / name


RANGES = (
    "LAB_PUBLIC_NET", "LAB_HOME_NET", "LAB_OFFICE_NET", "LAB_BACKEND_NET", "LAB_ACCESS_NET", "LAB_FLAT_NET", "LAB_CAFE_NET",
    "LAB_TUNNEL_NET",
)  # fmt: skip
PORTS = {"LAB_WEB_PORTS": ("seven ports in a row", 7, "8000-8006"), "LAB_MITMWEB_PORT": ("a port", 1, "8081")}
"""What each wants, how many ports that is, and an example."""
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_OCTETS = re.compile(rf"({_OCTET}(?:\.{_OCTET}){{2}})(?:\.\d{{1,3}}(?:/24)?|\.?)")


def _check_ranges(environ: Mapping[str, str]) -> None:
    """UsageError, with the form that is wanted, for a range that is given in another one."""
    for name in RANGES:
        text = environ.get(name) or ""
        meant = _OCTETS.fullmatch(text)
        if text and (meant is None or meant[1] != text):
            example = meant[1] if meant else "198.51.100"
            raise UsageError(f"{name}={text!r}: give the first three numbers of a /24, as in {name}={example}")


def _check_ports(environ: Mapping[str, str]) -> None:
    """The same for the ports of this machine."""
    for name, (wanted, count, example) in PORTS.items():
        text = environ.get(name) or ""
        first, _, last = text.partition("-")
        numbers = [int(part) for part in (first, last or first) if part.isascii() and part.isdecimal()]
        right = len(numbers) == 2 and numbers[1] - numbers[0] == count - 1 and 0 < numbers[0] <= numbers[1] < 65536
        if text and not right:
            raise UsageError(f"{name}={text!r}: give {wanted}, as in {name}={example}")


def load(store: str, path: Path, environ: Mapping[str, str] | None = None) -> Topology:
    """The lab as its file asks for it, with what the store needs. UsageError for variables that make no sense."""
    _check_ranges(os.environ if environ is None else environ)
    _check_ports(os.environ if environ is None else environ)
    return composefile.load(path, environ, [path.with_name(OVERLAYS[store])] if store in OVERLAYS else [])


def prepare(
    *, wanted: str | None, capture: str | None, store: str = "memory", environ: Mapping[str, str] | None = None
) -> Lab:
    """A lab that could be brought up now: file read, engine chosen, nothing started.

    `capture`: None is `mitm` where the engine finds mitmproxy, and otherwise `off`, which is said.
    """
    environ = dict(os.environ if environ is None else environ)
    name()
    password, run_id = secrets.token_urlsafe(12), new_id()
    environ |= {"LAB_MITMWEB_PASSWORD": password, "LAB_RUN_ID": run_id, "LAB_STORE": store}
    environ["LAB_CAPTURE"] = capture or "mitm"
    path = root() / composefile.DEFAULT
    topology = load(store, path, environ)
    engine, why = choice.choose(wanted, topology, folder(topology.name))
    note = ""
    if capture is None and engine.name == "netns" and not extras.there("mitm"):  # on Docker an image has it
        note = f"capture off: {extras.lacking('mitm', 'capture=mitm needs it')}"
        environ["LAB_CAPTURE"] = "off"
        topology = load(store, path, environ)
        engine = choice.build(engine.name)(topology, folder(topology.name))
    capture = environ["LAB_CAPTURE"]
    record = Record(
        topology.name, engine.name, run_id, str(path), capture, password, variables=topology.variables, store=store
    )
    return Lab(record, engine, why, note)


def find() -> Lab | None:
    """The lab of our name which an earlier command brought up, or began to; None where there is none."""
    place = folder(name()) / "lab.json"
    try:
        record = Record(**json.loads(place.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise LabError(f"{place}: is damaged ({error}); remove the folder after checking that no lab is left") from None
    topology = load(record.store, Path(record.file), record.variables)
    return Lab(record, choice.build(record.engine)(topology, place.parent), "it is the engine of the lab that is up")


def insist(there: Lab, engine: str | None, store: str | None = None) -> None:
    """UsageError where the lab that is up is on another engine, or on another store, than the one asked for."""
    record = there.record
    for what, asked, used in (("engine", engine, record.engine), ("store", store, record.store)):
        if asked and asked != used:
            raise UsageError(
                f"the lab '{record.name}' is up on {used}, but {what} {asked} was asked for; "
                f"take it down first ({places.how('down')}), or use another one with LAB_NAME=<name>"
            )


def up(lab: Lab, *, owned: bool = False) -> None:
    """Brings a prepared lab up. It is written down before anything starts, so that what a kill leaves can be found."""
    place = folder(lab.record.name)
    if lab.note:
        print(lab.note, file=sys.stderr)
    try:
        home()
        place.mkdir(parents=True, exist_ok=True)
        _note(lab, replace(lab.record, owner=mark() if owned else ""))
        lab.engine.up(lab.hosts(), owned=owned)
        _note(lab, replace(lab.record, up=True))
    except BaseException:
        down(lab)
        raise


def down(lab: Lab) -> list[str]:
    """Removes the lab and what is known of it; says what was removed. An interruption waits until that is done."""
    place = folder(lab.record.name)
    with shielded():
        removed = lab.engine.down()
        for file in (place / "lab.json", place / "lab.json.new"):
            file.unlink(missing_ok=True)
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    return removed


@contextmanager
def playing(lab: Lab) -> Iterator[None]:
    """While a run plays in a lab that stays up it is written down, so that a kill in the middle can be known later."""
    _note(lab, replace(lab.record, playing=True))
    try:
        yield
    finally:
        with shielded():
            _note(lab, replace(lab.record, playing=False))


def _note(lab: Lab, record: Record) -> None:
    lab.record = record
    _write(folder(record.name), record)


def _write(place: Path, record: Record) -> None:
    draft = place / "lab.json.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(record), indent=1))
    draft.rename(place / "lab.json")


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Only one command at a time changes a lab or runs in it; UsageError for the second one."""
    place = home() / "locks"
    place.mkdir(parents=True, exist_ok=True)
    with (place / name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(
                f"another command is using the lab '{name}'; wait for it, or use another one with LAB_NAME=<name>"
            ) from None
        yield


def existing() -> Lab:
    """The lab that is up; LabError that says how to bring one up where none is."""
    lab = find()
    if lab is None or not lab.record.up or lab.left:
        raise LabError(f"no lab '{name()}' is up; bring one up with '{places.how('up')}'")
    return lab


def known_store(text: str) -> str:
    """A store's name; UsageError with the nearest one."""
    return one_of(STORES, text, "store")


def known_capture(text: str) -> str:
    """A capture mode's name; UsageError with the nearest one."""
    return one_of(CAPTURES, text, "capture mode")
