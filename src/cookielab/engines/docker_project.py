"""A Compose project of the user's, told by its file: read, one service of it started with a leg more, left as it was found."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import CommandFailed, LabError, UsageError, one_of

UP = 900.0
"""Seconds that starting may take: an image may have to be built."""
ASK = 60.0
OVERRIDE = "cookielab-override.yaml"
"""What the lab puts over the user's files is called, beside its evidence."""
LEG = "cookielab"
"""The lab's network, as the override calls it."""
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")  # fmt: skip
"""What Compose reads where nobody names a file, in its order; an override only beside such a name."""
LABEL = "com.docker.compose"
SUBJECT = "org.cookielab.subject"
"""A label of the service that is checked, for as long as it is."""


@dataclass(frozen=True, slots=True)
class Before:
    """What there was of a project. `services`: those that had a container, and whether one of it ran; `volumes`: those of its
    volumes that Docker had; `image`: the service's image, None where it was not built yet."""

    services: Mapping[str, bool]
    volumes: frozenset[str]
    image: str | None = None

    @property
    def text(self) -> str:
        """What stands at the service while it is checked: who comes next puts back what a killed command has left."""
        return json.dumps([dict(self.services), sorted(self.volumes), self.image])

    @classmethod
    def of(cls, text: str) -> "Before":
        services, volumes, image = json.loads(text)
        return cls(services, frozenset(volumes), image)


class Project:
    """The project of one file, with the files that stand beside it. UsageError where the file is none that Compose reads."""

    def __init__(self, file: Path) -> None:
        self.file = _there(file).absolute()
        self.files = _with_override(self.file)
        self._read = self._config()
        if started := self._started_with():
            self.files = started
            self._read = self._config()

    def _config(self) -> dict[str, Any]:
        try:
            # all profiles: a service may be meant that does not start by itself
            read: dict[str, Any] = json.loads(self._run(("--profile", "*", "config", "--format", "json"), ASK))
        except CommandFailed as error:
            raise UsageError(f"compose: Docker Compose cannot read {self.file}: {error.stderr.strip()}") from None
        return read

    def _started_with(self) -> tuple[Path, ...]:
        """The files that the project runs by, where it was started with more than are beside this one: `-f a -f b`."""
        for labels in self._labels():
            files = labels.get(f"{LABEL}.project.config_files", "").split(",")
            named = tuple(Path(each) for each in files if each and Path(each).name != OVERRIDE)
            if self.file in named and named != self.files and all(each.is_file() for each in named):
                return named
        return ()

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """All that the files have, as Compose understands them."""
        return self._read.get("services") or {}

    def service(self, name: str) -> Mapping[str, Any]:
        """A service as Compose understands it; UsageError with the nearest name where there is none."""
        found = self.services[one_of(self.services, name, f"service in {self.file.name}:")]
        if mode := found.get("network_mode"):
            raise UsageError(
                f"compose: the service {name} has network_mode: {mode}, so it cannot join the lab's network; "
                "give it a network of its own for the test, or start it and check its address with `url:`"
            )
        return found

    def override(self, name: str, network: str, address: str, *, before: Before, hidden: Path) -> str:
        """The text of a file that gives a service one leg more, at this address, and changes nothing else.

        `before`: what it is put back to, written down at it; `hidden`: a folder of this machine that is empty for the service, where it mounts one that holds it.
        """
        own = self.service(name)
        kept: dict[str, Any] = {key: {} for key in own.get("networks") or {"default": None}}
        legs = {**kept, LEG: {"ipv4_address": address}}
        service: dict[str, Any] = {"networks": legs, "labels": {SUBJECT: before.text.replace("$", "$$")}}
        if covers := list(_within(own.get("volumes") or (), hidden.absolute())):
            service["tmpfs"] = covers
        leg = {LEG: {"external": True, "name": network}}
        return json.dumps({"services": {name: service}, "networks": leg}, indent=1)  # JSON is YAML

    def before(self, name: str) -> Before:
        """What there is of the project now, for `leave`; what there was where a command that was killed has left it so."""
        services = dict[str, bool]()
        for each in self._containers():
            labels = each["Config"]["Labels"]
            if SUBJECT in labels:
                return Before.of(labels[SUBJECT])
            service, running = labels[f"{LABEL}.service"], each["State"]["Status"] == "running"
            services[service] = services.get(service, False) or running
        return Before(services, frozenset(self._volumes()), self._image(name))

    def build(self, name: str) -> str:
        """The image of what stands in the folder now, where the service is built; gives why an older one is taken."""
        if "build" not in self.service(name):
            return ""
        try:
            self._run(("build", name), UP)
        except CommandFailed as error:
            if self._image(name) is None:
                raise
            said = error.stderr.strip().rpartition("\n")[2].strip()
            return f"the image of {name} could not be built anew ({said[:200]}): the one that is there is checked"
        return ""

    def up(self, name: str, override: Path | None = None) -> str:
        """Starts a service with what it needs, as the files say now; gives its container. LabError where there is none."""
        more = ("--file", str(override)) if override else ()
        scale = ("--scale", f"{name}=1") if override else ()  # there is one address
        try:
            self._run(("up", "--detach", *scale, name), UP, more)
        except CommandFailed as error:
            if "address already in use" not in error.stderr and "port is already allocated" not in error.stderr:
                raise
            remedy = f"free the port, or publish another in {self.file}"
            raise CommandFailed(error.argv, error.code, error.stderr, remedy) from None
        found = self._run(("ps", "--all", "--quiet", name), ASK, more).split()
        if not found:
            raise LabError(f"compose: Docker Compose has started no container for the service {name} of {self.file}")
        return found[0]

    def leave(self, name: str, before: Before) -> None:
        """Puts the project back: what ran runs as its own files say, what stood stands, and what was not there is gone.

        A volume that was there keeps what was written to it.
        """
        built = self._image(name)
        if before.image and built != before.image:
            _docker("tag", before.image, self._image_name(name))
        if before.services.get(name):
            self._run(("up", "--detach", "--no-deps", name), UP)
        elif name in before.services:
            self._run(("up", "--no-start", "--no-deps", "--force-recreate", name), UP)
        for each in self._containers():
            service, ident = each["Config"]["Labels"][f"{LABEL}.service"], str(each["Id"])
            if service not in before.services:
                _docker("rm", "--force", "--volumes", ident)
            elif each["State"]["Status"] == "running" and not before.services[service]:
                _docker("stop", ident)
        if not before.services:
            self._run(("down",), UP)
        if new := sorted(self._volumes() - before.volumes):
            _docker("volume", "rm", *new)
        if before.image and built and built != before.image:
            with suppress(CommandFailed):  # somebody else uses it
                _docker("image", "rm", built)

    # What Docker has of it

    @property
    def _filter(self) -> str:
        return f"label={LABEL}.project={self._read['name']}"

    def _containers(self) -> list[dict[str, Any]]:
        idents = _docker("ps", "--all", "--quiet", "--no-trunc", "--filter", self._filter).split()
        found: list[dict[str, Any]] = json.loads(_docker("inspect", *idents)) if idents else []
        return [each for each in found if each["Config"]["Labels"].get(f"{LABEL}.oneoff") != "True"]

    def _labels(self) -> Iterator[Mapping[str, str]]:
        for each in self._containers():
            yield each["Config"]["Labels"]

    def _volumes(self) -> set[str]:
        return set(_docker("volume", "ls", "--quiet", "--filter", self._filter).split())

    def _image_name(self, name: str) -> str:
        return str(self.services[name].get("image") or f"{self._read['name']}-{name}")

    def _image(self, name: str) -> str | None:
        """The image's id, None where Docker has none of its name."""
        if "build" not in self.service(name):
            return None
        return _docker("images", "--quiet", "--no-trunc", self._image_name(name)).strip() or None

    def _run(self, words: tuple[str, ...], seconds: float, more: tuple[str, ...] = ()) -> str:
        files = [word for file in self.files for word in ("--file", str(file))]
        argv = ("docker", "compose", "--project-directory", str(self.file.parent), *files, *more, *words)
        return _asked(argv, seconds, self.file.parent)


def _there(file: Path) -> Path:
    """The file; where the usual name was meant, the one of the usual names that is there."""
    if file.is_file():
        return file
    if file.name == NAMES[0]:
        for found in (file.with_name(name) for name in NAMES if file.with_name(name).is_file()):
            return found
    raise UsageError(f"compose: there is no file {file}; write its path in the profile, as in compose: {{file: …}}")


def _with_override(file: Path) -> tuple[Path, ...]:
    """The files that Compose would read here: an override stands in force beside a file of a usual name."""
    found = [file.with_name(name) for name in OVERRIDES if file.name in NAMES and file.with_name(name).is_file()]
    return (file, *found[:1])


def _docker(*words: str) -> str:
    return _asked(("docker", *words), ASK, None)


def _asked(argv: tuple[str, ...], seconds: float, folder: Path | None) -> str:
    try:
        done = subprocess.run(
            argv, cwd=folder, capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CommandFailed(argv, -1, f"it did not end within {seconds:g} s") from None
    except FileNotFoundError:
        raise LabError(
            f"compose: there is no program {argv[0]} on PATH; install Docker with its Compose plugin"
        ) from None
    if done.returncode:
        raise CommandFailed(argv, done.returncode, done.stderr)
    return done.stdout


def _within(volumes: Iterable[Mapping[str, Any]], hidden: Path) -> Iterator[str]:
    """Where in a container a folder of this machine is to be seen."""
    for volume in volumes:
        if volume.get("type") == "bind" and hidden.is_relative_to(volume["source"]):
            yield str(PurePosixPath(volume["target"]) / hidden.relative_to(volume["source"]))
