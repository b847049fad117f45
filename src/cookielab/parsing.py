"""The words of the command line: each command with its options, and what `--help` says of them.

Whatever takes a while to find out, such as the scenarios, is found out only where somebody asks for it.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from . import __version__
from .errors import UsageError
from .meant import NAMED_ALONE

COMMANDS = (
    "init", "check", "login", "record", "run", "list", "runs", "judge", "up", "down", "status", "nat", "exec", "logs", "doctor", "completion",
    "help",
)  # fmt: skip
"""In the order in which help lists them: judging one's own server, the lab's own story, the lab that stays up, the rest."""
JUDGING = ("init", "check", "login")
"""Those that take a server of the user's own."""
EXAMPLES = """examples:
  cookielab init --user alice:pw --user bob:pw   find out how people use the server of this folder
  cookielab init --run 'flask run -p {port}' --user alice:pw --user bob:pw     the same, started by another command
  cookielab check                                judge your own server by ./cookielab.yaml
  cookielab check --run 'flask run -p {port}' --login /login --me /profile --user alice:pw --user bob:pw
  cookielab check --junit report.xml --sarif report.sarif --baseline accepted.yaml          in CI
  cookielab run nat                              play one scenario against the lab's own handlers
  cookielab run D                                those of a group, as `cookielab list` shows them
  cookielab run all --jobs 2                     all scenarios against all handlers, in two labs: the matrix
  cookielab run nat --store redis                the same with the sessions in a Redis on a host of its own
  cookielab up                                   bring the lab up; prints where mitmweb listens
  cookielab exec alice -- curl -i http://server.lab.test:8001/
  cookielab nat set pool --ports 40000-40000     change the home gateway's NAT while the lab is up
  cookielab judge .lab/runs                      judge all stored histories again

exit codes: 0 every expectation met, 1 something broke, 2 usage, 3 could not decide, 130 interrupted;
`exec` gives the program's own, and 125 where the lab failed, 127 where there is no such program"""


TO_COMPLETE = """bash:  cookielab completion bash > ~/.local/share/bash-completion/completions/cookielab
zsh:   cookielab completion zsh > DIR/_cookielab     with DIR in fpath, before compinit
fish:  cookielab completion fish > ~/.config/fish/completions/cookielab.fish
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Lines of examples stay as they are; all else is as wide as the terminal."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


class Parser(argparse.ArgumentParser):
    """Answers a mistake with the nearest right word, as an error of ours. `more`: what help says behind the options."""

    def __init__(self, *words: Any, more: Callable[[], str] | None = None, **options: Any) -> None:
        super().__init__(*words, **options)
        self._more = more

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\nsee: {self.prog} --help")

    def format_help(self) -> str:
        return super().format_help() + (f"\n{self._more()}" if self._more else "")


def unrecognized(top: argparse.ArgumentParser, command: str, words: Sequence[str]) -> str:
    """What to say of words that a command does not know: the nearest option that it has, and where they all stand."""
    (commands,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    known = [option for action in commands.choices[command]._actions for option in action.option_strings]
    meant = next((NAMED_ALONE[word] for each in words if (word := each.partition("=")[0]) in NAMED_ALONE), "")
    if meant and command in JUDGING:
        return f"unrecognized arguments: {' '.join(words)}: {meant.format(command=command)}"
    near = [get_close_matches(word.partition("=")[0], known, n=1, cutoff=0.7) for word in words if word[:1] == "-"]
    hint = next((f". Did you mean '{found[0]}'?" for found in near if found), "")
    return f"unrecognized arguments: {' '.join(words)}{hint}\nsee: {top.prog} {command} --help"


def parser() -> Parser:
    """All of it."""
    top = Parser(
        prog="cookielab",
        description="When many people share one address, does this web server still know who is who?",
        epilog=EXAMPLES,
        formatter_class=_Help,
    )
    top.add_argument("-V", "--version", action="version", version=f"cookielab {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)

    def add(name: str, text: str, **more: Any) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, **more)

    _own(add)
    run = add("run", "play scenarios against the lab's own handlers and judge them", more=_names)
    run.add_argument(
        "scenario", nargs="+", metavar="GROUP|SCENARIO", help="scenario ids, groups (A, a_wrong_key), or 'all'"
    )
    run.add_argument("--handler", action="append", default=[], help="only this handler; repeat for several, or 'all'")
    run.add_argument("--repeat", type=_count, default=1, metavar="N", help="play each pair N times")
    run.add_argument("--jobs", type=_count, default=1, metavar="N", help="in N labs at the same time, each of its own")
    _lab(run)
    listed = add("list", "what there is: scenarios, handlers, presets, NAT kinds")
    listed.add_argument("kinds", nargs="*", metavar="KIND", help="only these: scenarios, handlers, presets, nat")
    _evidence(add)
    _lab(add("up", "bring the lab up and leave it up"))
    add("down", "take the lab down; nothing is left")
    status = add("status", "show hosts, addresses, mitmweb's password")
    for command in (run, listed, status):
        command.add_argument("--json", action="store_true", help="print results for machines")
    _inside(add)
    doctor = add("doctor", "tell per engine what is there, what is missing and how to get it")
    doctor.add_argument("--install", action="store_true", help="install what the engine in use lacks (apt, as root)")
    doctor.add_argument("--store", type=_store, help="and what a lab on this store lacks: sqlite or redis")
    doctor.add_argument("--quiet", action="store_true", help="print nothing when all is there")
    completion = add("completion", "print what completes words in a shell", more=lambda: TO_COMPLETE)
    completion.add_argument("shell", help="bash, zsh or fish")
    helped = add("help", "tell what a command does and takes")
    helped.add_argument("about", nargs="?", metavar="COMMAND", help="one of the commands; all of them without")
    return top


def _own(add: Callable[..., argparse.ArgumentParser]) -> None:
    """What is about the user's own server."""
    init = add("init", "find out how people use a server of your own, and write it into cookielab.yaml")
    init.add_argument("words", nargs="*", metavar="PROFILE", help="the file to write (default: cookielab.yaml)")
    init.add_argument("--force", action="store_true", help="write over a file that is there")
    check = add("check", "judge a server of your own: does it keep people apart?")
    check.add_argument(
        "words", nargs="*", metavar="PROFILE|SCENARIO", help="a profile (cookielab.yaml) and scenario ids"
    )
    login = add("login", "the preflight alone: does the profile tell the truth about the server?")
    login.add_argument("words", nargs="*", metavar="PROFILE", help="a profile (cookielab.yaml)")
    for command in (init, check, login):
        _subject(command)
    _record(add)
    ci = check.add_argument_group("in CI (docs/ci.md)")
    ci.add_argument(
        "--junit", type=Path, metavar="FILE", help="write JUnit XML: a case for each invariant of a scenario"
    )
    ci.add_argument("--markdown", type=Path, metavar="FILE", help="write a summary as Markdown")
    ci.add_argument("--sarif", type=Path, metavar="FILE", help="write SARIF 2.1.0: what is broken, at a line")
    ci.add_argument(
        "--fail-on", default="unknown", metavar="VERDICT",
        help="broken: what could not be judged is borne, if something was; unknown (default): it ends with 3",
    )  # fmt: skip
    ci.add_argument("--repeat", type=_count, default=1, metavar="N", help="play each scenario N times")
    ci.add_argument("--seed", type=_seed, metavar="N", help="choose by chance what the check with this seed chose")
    ci.add_argument("--baseline", type=Path, metavar="FILE", help="findings that are borne, each with reason and date")


def _record(add: Callable[..., argparse.ArgumentParser]) -> None:
    record = add("record", "for a login that needs a browser: record it once, and have it played from then on")
    record.add_argument("url", help="the page where people log in")
    record.add_argument(
        "--user", metavar="NAME:PASSWORD", help="what will be typed, so that it becomes each user's own"
    )
    record.add_argument("--output", default="login.py", help="the file to write (default: login.py)")
    record.add_argument("--force", action="store_true", help="write over a file that is there")


def _subject(command: argparse.ArgumentParser) -> None:
    """The options that take the place of a profile, and those of the lab."""
    command.add_argument("--run", metavar="COMMAND", help="start the server with this; {port} is its port")
    command.add_argument("--url", help="a server that runs already, on this machine or in its private network")
    command.add_argument(
        "--compose",
        metavar="[FILE:]SERVICE:PORT",
        help="a service of your Compose project, and its port in the container; FILE alone where only one publishes a port",
    )
    command.add_argument(
        "--setup", metavar="COMMAND", help="run this first, beside the server: a migration, or what makes the users"
    )
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
    _engine(command)
    command.add_argument("--json", action="store_true", help="print results for machines")


def _engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine", default=os.environ.get("ENGINE") or None, help="docker or netns (default: $ENGINE)"
    )


def _lab(command: argparse.ArgumentParser) -> None:
    """The options of a lab that is to be brought up."""
    _engine(command)
    command.add_argument(
        "--capture", type=_capture, default=os.environ.get("CAPTURE") or None, help="mitm, passive or off"
    )
    command.add_argument(
        "--store",
        type=_store,
        default=os.environ.get("STORE") or None,
        help="where session_table keeps its sessions: memory, sqlite or redis (default: $STORE, or memory)",
    )


def _evidence(add: Callable[..., argparse.ArgumentParser]) -> None:
    runs = add("runs", "list the evidence of earlier commands: size and verdict")
    runs.add_argument("--prune", action="store_true", help="remove the oldest beyond the limit; never the newest")
    runs.add_argument("--keep", type=_count, metavar="MB", help="the limit (default: $COOKIELAB_KEEP, or 256)")
    judge = add("judge", "judge stored histories again")
    judge.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a history.jsonl, or a folder with some below"
    )
    for command in (runs, judge):
        command.add_argument("--json", action="store_true", help="print results for machines")


def _inside(add: Callable[..., argparse.ArgumentParser]) -> None:
    """What happens in a lab that is up."""
    nat = add("nat", "show or change a gateway's NAT: show, set, capture, table, flush, timers")
    nat.add_argument("--gateway", default=None, help="home-gateway (default) or office-gateway")
    nat.add_argument("words", nargs=argparse.REMAINDER, help="what the gateway is told; see nat/gateway.py")
    execute = add("exec", "run a command on a host:  cookielab exec alice -- curl -i http://server.lab.test:8001/")
    execute.add_argument("host")
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    logs = add("logs", "print what a host's own command has printed")
    logs.add_argument("host")


def _names() -> str:
    from .report.listing import names

    return names()


def _capture(text: str) -> str:
    from .lab.state import known_capture

    return known_capture(text)


def _store(text: str) -> str:
    from .lab.state import known_store

    return known_store(text)


def _count(text: str) -> int:
    return _number(text, 1, "1 or more")


def _seed(text: str) -> int:
    return _number(text, 0, "0 or more")


def _number(text: str, least: int, words: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < least:
        raise UsageError(f"{text!r} is no number here; give a whole one, {words}")
    return int(text)
