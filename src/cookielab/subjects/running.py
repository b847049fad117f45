"""The kind `run`: a command of the user's, started in a sandbox at the lab's server host, in the user's own folder."""

import re
import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast

from ..engines import needs
from ..engines.base import Engine, Sandbox, Sandboxing
from ..errors import DeadlineExceeded, LabError, ProcessDied, UsageError
from . import forwarding, listeners
from .servers import HOST, Server

SECONDS = 60.0
"""Until a server must accept connections, unless its profile says otherwise."""
ASTRAY = 15.0
"""Seconds after which a server that listens only on other ports is not waited for any more."""
COMMAND = 120.0
"""Seconds that `setup` or `reset` may take."""
NEWS = 5.0
"""Seconds between two lines that say what is waited for."""
PAUSE = 0.05
SHELL = frozenset("&& || | ; & > >> < 2> 2>&1".split())
TAIL = 20
WALLS = (
    (
        re.compile(
            r"name resolution|Name or service not known|Network is unreachable|Connection refused|No route to host"
            r"|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH"
        ),
        'in the lab it reaches nothing of this machine or beyond but what the profile names: reach: ["127.0.0.1:5432"]',
    ),
    (
        re.compile(r"Read-only file system|EROFS|Permission denied|EACCES"),
        "in the lab it writes to its own folder, its home and /tmp alone, and none of it is kept",
    ),
)
"""What a program says that has run into the walls of its sandbox, and what the user should know then."""
NOT_HERE = (
    "run: the {engine} engine starts a command of yours in an image alone: name one, as in image: python:3.13-slim, or use "
    "ENGINE=netns, which runs it as it is; or start the server yourself and give its address with --url"
)


class Running(Server):
    """A command that serves. What it writes is kept over `restart` and thrown away by `stop`."""

    notes: list[str]
    """What the user should know: how it is reached, whose rights it has."""

    restartable = True

    def __init__(
        self, engine: Engine, line: str, *, folder: Path, port: int, environment: Mapping[str, str], log: Path,
        ready: str | None, seconds: float, reach: Sequence[str], setup: str | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._line, self._log_file, self._ready, self._seconds = engine, line, log, ready, seconds
        given = needs.passed(environment) | {"PORT": str(port)}
        self._port = port
        self._argv, more = words(line, port)
        search = given | more
        found(self._argv[0], folder, search.get("PATH", ""))
        self._way = ""
        with ExitStack() as undo:
            self._undo = undo
            self._cell = cast(Sandboxing, engine).cell(HOST, Sandbox(folder.absolute(), environment=search))
            undo.callback(self._cell.close)
            for target in reach:
                undo.callback(forwarding.reach(engine, target).stop)
            self.notes = [self._cell.isolation]
            if setup:
                self.execute(setup, "setup")
            self._before = listeners.listening(engine, HOST)
            super().__init__(line, self._cell.start(self._argv), port, [])
            undo.callback(self._end)
            self._await()
            self._undo = undo.pop_all()

    def _end(self) -> None:
        """Ends the process; its output goes to the log."""
        self._process.stop()
        lines = self._process.excerpt.lines() if self._process.excerpt else []
        if lines:
            with self._log_file.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)

    def execute(self, line: str, what: str) -> None:
        """Runs another command of the user's in the same sandbox, to its end. `what`: its key in the profile.

        LabError, with its last output, where it fails or does not end.
        """
        process = self._cell.start(words(line, self._port)[0])
        try:
            code = process.wait(COMMAND)
        except DeadlineExceeded:
            process.stop()
            raise LabError(f"{what}: '{line}' did not end within {COMMAND:g} s; make it shorter") from None
        if code:
            said = "".join(f"\n  {each}" for each in (process.excerpt.lines() if process.excerpt else [])[-TAIL:])
            raise LabError(f"{what}: '{line}' ended with exit code {code}; its last output:{said or ' nothing'}")

    def restart(self) -> None:
        """The same command again; what the first one wrote to its files is still there."""
        self._end()
        self._process = self._cell.start(self._argv)
        self._await()

    def stop(self, log: Path | None = None) -> None:
        """Ends the server and throws away what it wrote. Its output is in the log that it was started with."""
        self._undo.close()

    def _await(self) -> None:
        begun = time.monotonic()
        news, astray = begun + NEWS, 0.0
        before: listeners.Heard = frozenset()
        while True:
            with suppress(DeadlineExceeded):
                code = self._process.wait(PAUSE)
                raise ProcessDied(self._failed(_ended(code)))
            now, here = time.monotonic(), listeners.listening(self._engine, HOST) - self._before
            mine = frozenset(each for each in here if each.port == self.port)
            if mine and mine == before and self._open(mine) and self._answers(mine):
                self.took = now - begun
                return
            before = mine
            others = sorted({each.port for each in here} - {self.port})
            astray = (astray or now) if others and not mine else 0.0
            if (astray and now > astray + ASTRAY) or now > begun + self._seconds:
                raise DeadlineExceeded(self._failed(self._late(now - begun, others, bool(mine))))
            if now > news:
                last = (self._process.excerpt.lines()[-1:] if self._process.excerpt else None) or ["nothing yet"]
                what = self._ready if mine else f"port {self.port}"
                print(
                    f"waiting for {what} of the server ({now - begun:.0f} s of {self._seconds:g} s); it said: {last[0]}",
                    file=sys.stderr,
                )
                news = now + NEWS

    def _late(self, waited: float, others: Sequence[int], mine: bool) -> str:
        if mine:
            return (
                f"it listens on port {self.port}, but {self._ready} does not answer after {waited:.0f} s; "
                "look at its output, or give it longer with ready: {path, seconds} in the profile"
            )
        if others:
            return (
                f"it listens on port {', '.join(map(str, others))} instead of {self.port}; "
                "write {port} where the command names its port, or read it from the environment variable PORT"
            )
        return (
            f"it does not listen on port {self.port} after {waited:.0f} s; write {{port}} where the command names its port, "
            "or give it longer with ready: {path, seconds} in the profile"
        )

    def _failed(self, what: str) -> str:
        lines = self._process.excerpt.lines()[-TAIL:] if self._process.excerpt else []
        said = "\n".join(["its last output:", *(f"  {line}" for line in lines)]) if lines else "it printed nothing"
        hints = "".join(f"\n{hint}" for signs, hint in WALLS if signs.search(said))
        return f"the server did not start: {what}\nits command: {self._line}\n{said}{hints}"

    def _open(self, mine: listeners.Heard) -> bool:
        """Sees to it that the port can be reached from outside the host, once; False where that is not known yet."""
        way = listeners.way(self._engine, HOST, mine)
        if way and way != self._way:
            self._way = way
            address = self._engine.topology.host(HOST).legs[0].address
            if way == listeners.LOOPBACK:
                self._undo.callback(listeners.send_on(self._engine, HOST, address, self.port))
                self.notes.append(f"it listens on 127.0.0.1 alone: the lab sends port {self.port} on to it")
            elif way == listeners.SIX:
                self._undo.callback(forwarding.relay(self._engine, HOST, address, self.port, listeners.SIX))
                self._before |= {listeners.Listener(self.port, str(address))}
                self.notes.append("it listens on ::1 alone: a relay leads to it, and it sees every client as ::1")
        return bool(way)

    def _answers(self, mine: listeners.Heard) -> bool:
        if self._ready is None:
            return True
        return listeners.answers(self._engine, HOST, sorted(mine)[0].reached, self.port, self._ready)


def start(
    engine: Engine,
    command: str,
    *,
    folder: Path,
    port: int,
    environment: Mapping[str, str],
    log: Path,
    ready: str | None = None,
    seconds: float = SECONDS,
    reach: Sequence[str] = (),
    setup: str | None = None,
) -> Running:
    """Starts a command and returns when it can be reached at the server host's `port`.

    `command` is a line of words in which {port} stands for the port, which is PORT in its environment as well.
    `environment` is the user's: of it the program sees PATH and what languages need to find their parts, no secrets.
    `ready` is a path that must answer with a status below 500; `seconds` is how long all that may take. `reach` names
    what it needs of the user's machine, as address:port. `setup` is run first, in the same sandbox. `log` takes its output when it has ended.
    Raises UsageError for a command that cannot be one, LabError with its last output where it does not start.
    """
    if not hasattr(engine, "cell"):
        raise LabError(NOT_HERE.format(engine=engine.name))
    return Running(
        engine, command, folder=folder, port=port, environment=environment, log=log, ready=ready, seconds=seconds,
        reach=reach, setup=setup,
    )  # fmt: skip


def words(line: str, port: int) -> tuple[list[str], dict[str, str]]:
    """The command's words, and the variables that are set in front of them, as a shell would see them.

    UsageError for what needs a real shell.
    """
    try:
        split = shlex.split(line.replace("{port}", str(port)))
    except ValueError as error:
        raise UsageError(f"run: {line!r} is no command: {error}") from None
    if shell := next((word for word in split if word in SHELL), None):
        raise UsageError(f"run: '{shell}' in {line!r} is for a shell; write  sh -c '...'")
    environment: dict[str, str] = {}
    while split and "=" in split[0] and split[0].partition("=")[0].isidentifier():
        name, _, value = split.pop(0).partition("=")
        environment[name] = value
    if not split:
        raise UsageError(f"run: {line!r} is no command; give one such as  python app.py --port {{port}}")
    return split, environment


def found(program: str, folder: Path, path: str) -> None:
    """UsageError where there is no such program to start."""
    if "/" in program:
        place = folder / program
        if not place.exists():
            raise UsageError(f"run: there is no program {place}")
        if not shutil.which(place):
            raise UsageError(f"run: {place} is not executable; chmod +x it, or name its interpreter in front of it")
    elif not shutil.which(program, path=path):
        raise UsageError(f"run: there is no program '{program}' on PATH; install it, or name it with its folder")


def _ended(code: int) -> str:
    if code == 0:
        return "its command ended with exit code 0; a server must stay in the foreground"
    if code > 128:
        return f"its command was ended by signal {code - 128}"
    return f"its command ended with exit code {code}"
