"""The lab of a test process on its way up: in a thread, while the first test that needs it imports the rest of the lab."""

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from ..engines import choice
from ..errors import EngineMissing
from ..lab import state as labs
from ..lab.apart import Slot, sweep
from ..topology.records import Topology
from .subject import Subject

SERVER = "server"
"""The host of the lab where the subject is."""


class Raising:
    """One lab, with a name and ranges of its own. `wanted`: the engine asked for, None for the one that suits the subject.

    `first`: what is to end before it does. `debugging`: pytest's own debugger has stopped something.
    """

    def __init__(self, wanted: str | None, capture: str) -> None:
        self._wanted, self._capture = wanted, capture
        self._thread: threading.Thread | None = None
        self._undo = ExitStack()
        self._lab: labs.Lab | None = None
        self._failed: BaseException | None = None
        self.first = ExitStack()
        self.debugging = False

    def begin(self, subject: Subject) -> None:
        """Starts it for the first subject, and returns at once; afterwards nothing happens."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._raise, args=(subject,), daemon=True, name="cookielab-up")
            self._thread.start()

    def wait(self) -> labs.Lab:
        """The lab, once it is up. EngineMissing or LabError where it does not get up, each time."""
        assert self._thread is not None
        self._thread.join()
        if self._failed is not None:
            raise self._failed.with_traceback(None)
        assert self._lab is not None
        return self._lab

    def close(self) -> None:
        """Takes it down."""
        if self._thread is not None:
            self._thread.join()
        with self._undo:
            self.first.close()

    def _raise(self, subject: Subject) -> None:
        try:
            slot = Slot()
            self._undo.callback(slot.close)
            environ = {**os.environ, **slot.variables(LAB_CAPTURE=self._capture)}
            lab = self._prepared(subject, environ)
            self._undo.callback(labs.down, lab)
            labs.up(lab, owned=True)
            self._lab = lab
            sweep(lab.engine.name)
        except BaseException as error:  # told by `wait`
            self._failed = error

    def _prepared(self, subject: Subject, environ: Mapping[str, str]) -> labs.Lab:
        """On the engine that suits the subject best, with as little in it as tests need."""
        wanted = self._wanted or ("docker" if _contained(subject) else None)
        lab = self._suiting(wanted, environ)
        if lab.engine.name == "netns":
            lab.engine = choice.build("netns")(lean(lab.topology), labs.folder(lab.record.name))
        return lab

    def _suiting(self, wanted: str | None, environ: Mapping[str, str]) -> labs.Lab:
        """Where nothing is wanted netns if it can run: there an app sees the true addresses, and all is up in a moment."""
        try:
            return labs.prepare(wanted=wanted or "netns", capture=self._capture, environ=environ)
        except EngineMissing:
            if wanted:
                raise
            return labs.prepare(wanted=None, capture=self._capture, environ=environ)


def _contained(subject: Subject) -> bool:
    """Whether the subject is a container, which Docker alone can start."""
    if subject.kind != "profile" or subject.profile is None:
        return subject.kind in ("compose", "image")
    from ..subjects import reading

    return bool(reading.load(subject.profile).contained)


def lean(topology: Topology) -> Topology:
    """Without the lab's own handlers at the server host, which is the subject's, and without its ports of this machine."""
    server = replace(topology.host(SERVER), command=None, health=None, published=())
    return replace(topology, hosts={**topology.hosts, SERVER: server})
