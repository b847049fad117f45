"""The command line: `cookielab check|login|up|down|status|run|judge|nat|exec|logs|doctor`. Results on stdout, progress on stderr."""

from . import early  # noqa: F401 - first of all: what follows takes a while

# isort: split
import argparse
import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from . import interrupts
from .errors import LabError, UsageError, no_room, one_of
from .lab.state import known_capture, known_store
from .places import others, where
from .report.plain import plain

COMMANDS = ("init", "check", "login", "record", "up", "down", "status", "run", "judge", "nat", "exec", "logs", "doctor")
OTHERS_WORDS = ("exec", "nat")
"""Commands whose words are for somebody else."""
TAKE_A_URL = ("init", "check", "login", "record")
MEANT = {"start": "up", "stop": "down"} | dict.fromkeys(("test", "scan", "verify", "validate", "audit", "try"), "check")
"""What people say first, and what it is called here."""
SERVER = re.compile(r"https?://[^/]|(?:localhost|\d+(?:\.\d+){3}):\d+(?:/|$)")
"""How words begin that name a server."""
EXAMPLES = """examples:
  cookielab init --run 'flask run -p {port}' --user alice:pw --user bob:pw     find out how people use your server
  cookielab check                                judge your own server by ./cookielab.yaml
  cookielab check --run 'flask run -p {port}' --login /login --me /profile --user alice:pw --user bob:pw
  cookielab up                                   bring the lab up; prints where mitmweb listens
  cookielab exec alice -- curl -i http://server.lab.test:8001/
  cookielab run nat                              play one scenario, see who is taken for whom
  cookielab run all --capture off                all scenarios against all handlers: the matrix
  cookielab run nat --store redis                the same with the sessions in a Redis at a host of its own
  cookielab nat set pool --ports 40000-40000     change the home gateway's NAT while the lab is up
  cookielab judge .lab/runs/<id>/nat/by_address/history.jsonl

exit codes: 0 every expectation met, 1 something broke, 2 usage, 3 could not decide, 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """Answers a mistake with the nearest right word, as an error of ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\nsee: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    top = Parser(prog="cookielab", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)

    def add(name: str, text: str, **more: Any) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, **more)

    up = add("up", "bring the lab up and leave it up")
    run = add("run", "play scenarios and judge them")
    for command in (up, run):
        command.add_argument(
            "--engine", default=os.environ.get("ENGINE") or None, help="docker or netns (default: $ENGINE)"
        )
        command.add_argument(
            "--capture", type=known_capture, default=os.environ.get("CAPTURE") or None, help="mitm, passive or off"
        )
        command.add_argument(
            "--store",
            type=known_store,
            default=os.environ.get("STORE") or None,
            help="where session_table keeps its sessions: memory, sqlite or redis (default: $STORE, or memory)",
        )
    run.add_argument("scenario", nargs="+", help="scenario ids, or 'all'")
    run.add_argument("--handler", action="append", default=[], help="only this handler; repeat for several, or 'all'")
    check = add("check", "judge a server of your own: does it keep people apart?")
    check.add_argument(
        "words", nargs="*", metavar="PROFILE|SCENARIO", help="a profile (cookielab.yaml) and scenario ids"
    )
    init = add("init", "find out how people use a server of your own, and write it into cookielab.yaml")
    init.add_argument("words", nargs="*", metavar="PROFILE", help="the file to write (default: cookielab.yaml)")
    init.add_argument("--force", action="store_true", help="write over a file that is there")
    login = add("login", "the preflight alone: does the profile tell the truth about the server?")
    login.add_argument("words", nargs="*", metavar="PROFILE", help="a profile (cookielab.yaml)")
    for command in (init, check, login):
        _subject(command)
    record = add("record", "for a login that needs a browser: record it once, and have it played from then on")
    record.add_argument("url", help="the page where people log in")
    record.add_argument(
        "--user", metavar="NAME:PASSWORD", help="what will be typed, so that it becomes each user's own"
    )
    record.add_argument("--output", default="login.py", help="the file to write (default: login.py)")
    record.add_argument("--force", action="store_true", help="write over a file that is there")
    add("down", "take the lab down; nothing is left")
    status = add("status", "show hosts, addresses, mitmweb's password")
    judge = add("judge", "judge a stored history again")
    judge.add_argument("file", type=Path, help="a history.jsonl")
    for command in (run, status, judge):
        command.add_argument("--json", action="store_true", help="print results for machines")
    nat = add("nat", "show or change a gateway's NAT: show, set, capture, table, flush, timers")
    nat.add_argument("--gateway", default=None, help="home-gateway (default) or office-gateway")
    nat.add_argument("words", nargs=argparse.REMAINDER, help="what the gateway is told; see nat/gateway.py")
    execute = add("exec", "run a command at a host:  cookielab exec alice -- curl -i http://server.lab.test:8001/")
    execute.add_argument("host")
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    logs = add("logs", "print what a host's own command has printed")
    logs.add_argument("host")
    check = add("doctor", "tell per engine what is there, what is missing and how to get it")
    check.add_argument("--install", action="store_true", help="install what the engine in use lacks (apt, as root)")
    check.add_argument("--quiet", action="store_true", help="print nothing when all is there")
    return top


def _subject(command: argparse.ArgumentParser) -> None:
    """The options that take the place of a profile, and those of the lab."""
    command.add_argument("--run", metavar="COMMAND", help="start the server with this; {port} is its port")
    command.add_argument("--url", help="a server that runs already, on this machine or in its private network")
    command.add_argument("--login", metavar="PATH", help="the page with the login form")
    command.add_argument("--me", metavar="PATH", help="a page that shows who is logged in")
    command.add_argument("--logout", metavar="PATH", help="where people log out")
    command.add_argument(
        "--user", action="append", default=[], metavar="NAME:PASSWORD", help="repeat for each; two are enough"
    )
    command.add_argument("--preset", help="begin from a profile that the lab knows, such as django")
    command.add_argument(
        "--i-own", action="append", default=[], metavar="HOST", help="a public host that is yours to test"
    )
    command.add_argument("--engine", default=os.environ.get("ENGINE") or None, help="docker or netns")
    command.add_argument("--json", action="store_true", help="print results for machines")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; every LabError becomes one message on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    interrupts.listen()
    try:
        top = parser()
        _known(words)
        arguments = top.parse_args(words)
        return int(import_module(f"cookielab.commands.{arguments.command}").command(arguments))
    except LabError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("cookielab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _let_go()
        return 3
    except OSError as error:
        _tell(error)
        return 3
    except Exception:
        traceback.print_exc()
        print("cookielab: this is a fault of the lab itself, and nothing has been decided", file=sys.stderr)
        return 3


def _tell(error: Exception) -> None:
    """One message. It may quote a file or a server, whose words are data: none of them steers the terminal."""
    text = f"cookielab: {error}"
    if isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += no_room(where())
    if isinstance(error, PermissionError) and isinstance(error.filename, str):
        text += others(Path(error.filename))
    print("\n".join(plain(line) for line in text.split("\n")), file=sys.stderr)


def _let_go() -> None:
    """Nobody reads on: what is still to be printed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> NoReturn:
    """The console script. A terminal that cannot show a letter shows its number; no verdict is lost over it."""
    _open_streams()
    try:
        code = main()
    except KeyboardInterrupt:  # while an error was being told
        print("cookielab: interrupted", file=sys.stderr)
        code = 130
    interrupts.ignore()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
    except OSError as error:
        _let_go()
        _tell(error)
        code = 3
    sys.exit(code)


def _open_streams() -> None:
    """What was closed by whoever started this (`>&-`) leads nowhere; otherwise the next file would be in its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
        elif isinstance(stream, TextIOWrapper) and number:
            stream.reconfigure(errors="backslashreplace")


def _known(words: list[str]) -> None:
    """argparse lists all choices for a wrong command; the nearest one is a better answer, and so is what must be meant."""
    if not words or words[0].startswith("-") or words[0] in OTHERS_WORDS:
        return
    name = words[0]
    places = (word for before, word in pairwise(["", *words]) if SERVER.match(word) and not before.startswith("--"))
    place = next(places, "")
    if place and not (name in TAKE_A_URL and "://" in place):
        parts = urlsplit(place if "://" in place else f"http://{place}")
        said = f"'{name}' takes no URL." if name in COMMANDS else f"unknown command '{name}'. Did you mean 'check'?"
        command = name if name in TAKE_A_URL else "check"
        raise UsageError(
            f"{said} For a server that runs already, with its own login page and users:\n"
            f"  cookielab {command} --url {parts.scheme}://{parts.netloc} --login /login --me / --user alice:pw --user bob:pw"
        )
    one_of(COMMANDS, name, "command", MEANT)
