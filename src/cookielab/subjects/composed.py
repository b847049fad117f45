"""The kind `compose`: a service of the user's own project. It joins the lab's public network and is unchanged otherwise."""

import sys
from pathlib import Path

from .. import places
from ..engines.base import Engine
from ..engines.docker_guests import Guests
from ..engines.docker_project import OVERRIDE, Project
from ..interrupts import shielded
from .guest import Guest
from .profile import Compose, Ready

UNCHANGED = (
    "your project's other services, its volumes and its way out are as they were; at the end the service is put back"
)


def start(
    engine: Engine, guests: Guests, wanted: Compose, *, folder: Path, setup: str | None, ready: Ready, log: Path | None
) -> Guest:
    """Starts the service, with what it depends on, and returns when it is ready. What ran before runs on afterwards.

    The override is written beside the log, never beside the user's file.
    """
    project = Project(folder / wanted.file)
    before = project.before(wanted.service)
    text = project.override(wanted.service, guests.network, guests.address, before=before, hidden=places.home())
    override = (log or folder / "server.log").with_name(OVERRIDE)
    override.write_text(text, encoding="utf-8")
    print(f"starting the service {wanted.service} of {wanted.file} and what it depends on", file=sys.stderr)

    def end() -> None:
        with shielded():
            project.leave(wanted.service, before)
        override.unlink(missing_ok=True)

    try:
        old = project.build(wanted.service)
        container = project.up(wanted.service, override)
        guest = Guest(
            wanted.service, engine, guests, container, port=wanted.port, ready=ready, log=log,
            end=end, tidy=lambda: guests.keep_own_way(container),
        )  # fmt: skip
    except BaseException:
        end()
        raise
    try:
        guest.wait()
        if setup:
            guest.execute(setup, "setup")
    except BaseException:
        guest.stop(log)
        raise
    guest.notes += [old, UNCHANGED] if old else [UNCHANGED]
    return guest
