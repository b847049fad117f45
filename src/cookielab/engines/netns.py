"""The lab in Linux network namespaces: no Docker, no image, no root, in a fraction of a second.

One process is PID 1 of the lab (see `inside`). It is asked for everything over a door (see `door`), and when it ends all
of the lab has ended. In the state directory lie only the logs of the hosts.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from ..errors import EngineMissing, HarnessFault, LabError, UsageError
from ..places import SOURCES, how
from ..topology.records import Host, Topology
from . import door, machine, plan, ports
from .base import HostState, Lack, Sandbox
from .cells import NetnsCell
from .excerpt import Excerpt
from .process import Process
from .starting import Starter, tail

START = 120.0
"""Seconds that the largest lab may take to be wired."""


class NetnsEngine:
    """One lab of namespaces. Any number of these objects, in any number of processes, can stand for the same lab."""

    name = "netns"

    def __init__(self, topology: Topology, state: Path) -> None:
        self.topology, self.state = topology, state.absolute()
        self.folder = self.state / "netns"
        self._owned: socket.socket | None = None

    def lacks(self) -> list[Lack]:
        return machine.lacks(self.topology.hosts.values())

    def up(self, hosts: Sequence[str] | None = None, *, owned: bool = False) -> None:
        """See Engine. UsageError where the lab is up already; it is left as it is."""
        wanted = self.topology.needed(hosts)
        plan.check(self.topology, wanted.values())
        if lacks := list(machine.programs(wanted.values())):
            raise _cannot_run(lacks)
        entrance = self._claim()
        try:
            with entrance:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder.mkdir(parents=True)
                control = self._begin(entrance, wanted.values())
            with ExitStack() as stack:
                stack.enter_context(control)
                Starter(wanted, self._service, self._probe, self.folder).run()
                if owned:
                    self._owned = control
                    stack.pop_all()
                else:
                    door.ask(control, {"do": "keep"})
        except BaseException:
            self.down()
            raise

    def _claim(self) -> socket.socket:
        """The door of the new lab. A lab that has lost its command is on its way out and is waited for."""
        while True:
            if entrance := door.claim(self.state):
                return entrance
            if self._status():
                raise UsageError(
                    f"the lab '{self.topology.name}' is up already; take it down first ({how('down')}), "
                    "or use another one with LAB_NAME=<name>"
                )

    def _begin(self, entrance: socket.socket, hosts: Iterable[Host]) -> socket.socket:
        """Starts PID 1 and waits until it has wired the lab. The lab lives as long as the connection that is given."""
        control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as ours, ExitStack() as theirs:
            ours.enter_context(control)
            theirs.enter_context(far)
            published: dict[str, list[tuple[int, int]]] = {}
            for host, port, listener in ports.listen(self.topology, hosts):
                theirs.enter_context(listener)
                published.setdefault(host.shares or host.name, []).append((listener.fileno(), port.port))
            fds = {"control": far.fileno(), "door": entrance.fileno(), "published": published}
            passed = (far.fileno(), entrance.fileno(), *(fd for pairs in published.values() for fd, _ in pairs))
            text = theirs.enter_context(os.fdopen(os.memfd_create("plan"), "w+"))
            json.dump(plan.wiring(self.topology, hosts) | fds, text)
            text.seek(0)
            log = theirs.enter_context((self.folder / "lab.log").open("w"))
            subprocess.run(
                (sys.executable, "-S", "-P", "-m", "cookielab.engines.inside.init", str(self.state)),
                stdin=text, stdout=log, stderr=log, pass_fds=passed, cwd="/", start_new_session=True, check=False,
                env=plan.base_environment(self.state) | {"PYTHONPATH": f"{plan.ROOT}:{SOURCES}"},
            )  # fmt: skip
            theirs.close()
            self._await_wiring(control)
            ours.pop_all()
        return control

    def _await_wiring(self, control: socket.socket) -> None:
        if not door.readable([control.fileno()], START):
            raise HarnessFault(f"the lab was not wired within {START:g} s; {tail(self.folder / 'lab.log')}")
        said = door.receive(control)
        if said is None:
            raise HarnessFault(f"the lab's first process ended; {tail(self.folder / 'lab.log')}")
        if "failed" in said:
            if lacks := self.lacks():
                raise _cannot_run(lacks)
            raise LabError(f"the lab '{self.topology.name}' could not be wired: {said['failed']}")

    def down(self) -> list[str]:
        if self._owned:
            self._owned.close()
            self._owned = None
        removed = []
        if process := door.end(self.state):
            removed.append(f"lab '{self.topology.name}' on netns (process {process} and all that ran in it)")
        if self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)  # an `up` that this ends may be removing them as well
            removed.append(f"the logs in {self.folder}")
        with suppress(OSError):
            self.state.rmdir()
        return removed

    def grow(self, topology: Topology) -> None:
        """See Growing. EngineMissing where a program that it needs is not on this machine."""
        before, new = self.topology, topology.beyond(self.topology)
        plan.check(topology, topology.hosts.values())
        if lacks := list(machine.programs(new.hosts.values())):
            raise _cannot_run(lacks)
        self.topology = topology
        try:
            self._tell("grow", plan.wiring(topology, new.hosts.values(), new.networks))
            Starter(new.hosts, self._service, self._probe, self.folder).run()
        except BaseException:
            self.shrink(before)
            raise

    def shrink(self, topology: Topology) -> list[str]:
        """See Growing."""
        gone = self.topology.beyond(topology)
        hosts = list(gone.hosts)
        self.topology = topology
        if self._status() is not None:
            self._tell("shrink", {"networks": list(gone.networks), "hosts": hosts})
        for host in hosts:
            for log in self.folder.glob(f"{host}.*log"):
                log.unlink(missing_ok=True)
        return [f"host {host}" for host in hosts]

    def _tell(self, what: str, fields: Mapping[str, Any]) -> None:
        """Has PID 1 change the lab. LabError, with its reason, where it cannot."""
        with self._connected() as connection:
            door.ask(connection, {"do": what, **fields})
            if not door.readable([connection.fileno()], START):
                raise HarnessFault(f"the lab did not {what} within {START:g} s; take it down: {how('down')}")
            said = door.receive(connection)
        if said is None or "failed" in said:
            why = said["failed"] if said else "it has ended"
            raise LabError(f"the lab '{self.topology.name}' could not {what}: {why}")

    def states(self) -> dict[str, HostState]:
        status = self._status()
        if status is None:
            return {name: HostState(name, "absent", "the lab is not up") for name in self.topology.hosts}
        return {host.name: self._state(host, status) for host in self.topology.hosts.values()}

    def _state(self, host: Host, status: Mapping[str, Any]) -> HostState:
        if host.name not in status["hosts"]:
            return HostState(host.name, "absent", "it was not brought up")
        code = status["services"].get(host.name)
        if code is not None:
            said = self.logs(host.name).splitlines()[-1:] or ["it printed nothing"]
            return HostState(host.name, "dead", f"its command ended with exit code {code}: {said[0]}")
        if host.command is None or host.health is None:
            return HostState(host.name, "running")
        log = self.folder / f"{host.name}.health.log"
        log.unlink(missing_ok=True)
        test = self._probe(host, host.health.test, log)
        try:
            if test.wait(host.health.timeout) == 0:
                return HostState(host.name, "running")
            said = log.read_text(errors="replace").split() or ["it says nothing"]
            return HostState(host.name, "starting", f"its health check fails: {' '.join(said)}")
        finally:
            test.close()

    def _status(self) -> dict[str, Any] | None:
        """What PID 1 says of the lab; None where no lab is up, or it is just ending."""
        connection = door.connect(self.state)
        if connection is None:
            return None
        with connection:
            try:
                door.ask(connection, {"do": "status"})
            except HarnessFault:
                return None
            if not door.readable([connection.fileno()], door.PATIENCE):
                raise HarnessFault(f"the lab '{self.topology.name}' does not answer; take it down: {how('down')}")
            return door.receive(connection)

    def spawn(
        self,
        host: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        privileged: bool = False,
        sink: Path | None = None,
    ) -> Process:
        return self._piped(self.topology.host(host), argv, environment, privileged=privileged, sink=sink)

    def cell(self, host: str, sandbox: Sandbox) -> NetnsCell:
        """See Sandboxing."""
        node = self.topology.host(host)

        def spawn(argv: Sequence[str], environment: Mapping[str, str], box: Mapping[str, Any]) -> Process:
            return self._piped(node, argv, environment, box=box)

        return NetnsCell(node, sandbox, self.state, plan.names(self.topology, node), spawn)

    def listen(self, host: str, port: int) -> socket.socket:
        """See Listening."""
        with self._connected() as connection:
            door.ask(
                connection, {"do": "listen", "host": self.topology.host(host).name, "address": "0.0.0.0", "port": port}
            )
            if not door.readable([connection.fileno()], door.PATIENCE):
                raise HarnessFault(f"port {port} of host {host}: the lab gave no socket within {door.PATIENCE:g} s")
            said, listener = door.handed(connection)
        if listener is None:
            why = said["failed"] if said else "the lab has ended"
            raise LabError(f"port {port} of host {host} cannot be listened at: {why}")
        return listener

    def _connected(self) -> socket.socket:
        """A new connection to the lab's PID 1. LabError where the lab is not up."""
        connection = door.connect(self.state)
        if connection is None:
            raise LabError(f"the lab '{self.topology.name}' is not up; bring it up: {how('up')}")
        return connection

    def _piped(
        self,
        node: Host,
        argv: Sequence[str],
        environment: Mapping[str, str] | None,
        *,
        privileged: bool = False,
        sink: Path | None = None,
        box: Mapping[str, Any] | None = None,
    ) -> Process:
        with ExitStack() as ours, ExitStack() as theirs:
            (stdin, feed), (out, stdout), (err, stderr) = os.pipe(), os.pipe(), os.pipe()
            for near, far in ((feed, stdin), (out, stdout), (err, stderr)):
                ours.callback(os.close, near)
                theirs.callback(os.close, far)
            streams = stdin, stdout, stdout if box else stderr  # in one pipe the lines of both keep their order
            remote = self._launch(node, argv, streams, environment, privileged=privileged, box=box)
            ours.pop_all()
        return Process(
            node.name, tuple(argv), stdin=feed, stdout=out, stderr=err, wait=remote.wait, signal=remote.signal, sink=sink,
            excerpt=Excerpt() if box else None,
        )  # fmt: skip

    def attach(self, host: str, argv: Sequence[str]) -> int:
        from . import terminal

        node = self.topology.host(host)
        return terminal.run(
            lambda streams, own: self._launch(node, argv, streams, terminal.environment(), terminal=own)
        )

    def logs(self, host: str) -> str:
        file = self.folder / f"{self.topology.host(host).name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _service(self, host: Host, argv: tuple[str, ...], log: Path) -> door.Remote:
        return self._logged(host, argv, log, service=True)

    def _probe(self, host: Host, argv: tuple[str, ...], log: Path) -> door.Remote:
        return self._logged(host, argv, log, service=False)

    def _logged(self, host: Host, argv: tuple[str, ...], log: Path, *, service: bool) -> door.Remote:
        with Path(os.devnull).open() as nothing, log.open("ab") as file:
            return self._launch(host, argv, (nothing.fileno(), file.fileno(), file.fileno()), service=service)

    def _launch(
        self,
        host: Host,
        argv: Sequence[str],
        streams: tuple[int, int, int],
        environment: Mapping[str, str] | None = None,
        *,
        privileged: bool = False,
        service: bool = False,
        terminal: bool = False,
        box: Mapping[str, Any] | None = None,
    ) -> door.Remote:
        """Starts a process at a host. LabError where the lab, the host or the program is not there."""
        connection = self._connected()
        request = {
            "host": host.name,
            "argv": list(argv) if box else plan.words(argv),
            "environment": plan.environment(host, self.state) | dict(environment or {}),
            "directory": str(plan.ROOT),
            "capabilities": sorted(plan.capabilities(host, privileged=privileged)),
            "user": plan.user(),
            "names": plan.names(self.topology, host),
            "service": service,
            "terminal": terminal,
            "modules": () if box or terminal else plan.WARM.get(tuple(argv), ()),
        }
        if box:
            mark = {"COOKIELAB": str(self.state)}  # as every process of a lab
            request |= {"sandbox": box, "directory": box["folder"], "environment": {**(environment or {}), **mark}}
        return door.launch(connection, request, streams)


def _cannot_run(lacks: Sequence[Lack]) -> EngineMissing:
    """Worded as `choice` does."""
    listed = "\n".join(f"  - {lack.what}; {lack.remedy}" for lack in lacks)
    return EngineMissing(f"the netns engine cannot run here:\n{listed}")
