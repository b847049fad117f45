"""The command line: `cookielab up|down|status|run|judge|nat|exec|logs|doctor`. Results on stdout, progress on stderr."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import doctor, interrupts, labs
from .engines.choice import NAMES
from .errors import LabError, UsageError, one_of

COMMANDS = ("up", "down", "status", "run", "judge", "nat", "exec", "logs", "doctor")
NAT_COMMANDS = ("show", "set", "capture", "table", "flush", "timers")
EXAMPLES = """examples:
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

    def add(
        name: str, text: str, function: Callable[[argparse.Namespace], int], **more: Any
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, **more)
        command.set_defaults(function=function)
        return command

    up = add("up", "bring the lab up and leave it up", _up)
    run = add("run", "play scenarios and judge them", _run)
    for command in (up, run):
        command.add_argument(
            "--engine", default=os.environ.get("ENGINE") or None, help="docker or netns (default: $ENGINE)"
        )
        command.add_argument(
            "--capture", type=_capture, default=os.environ.get("CAPTURE") or None, help="mitm, passive or off"
        )
        command.add_argument(
            "--store",
            type=_store,
            default=os.environ.get("STORE") or None,
            help="where session_table keeps its sessions: memory, sqlite or redis (default: $STORE, or memory)",
        )
    run.add_argument("scenario", nargs="+", help="scenario ids, or 'all'")
    run.add_argument("--handler", action="append", default=[], help="only this handler; repeat for several, or 'all'")
    add("down", "take the lab down; nothing is left", _down)
    status = add("status", "show hosts, addresses, mitmweb's password", _status)
    judge = add("judge", "judge a stored history again", _judge)
    judge.add_argument("file", type=Path, help="a history.jsonl")
    for command in (run, status, judge):
        command.add_argument("--json", action="store_true", help="print results for machines")
    nat = add("nat", "show or change a gateway's NAT: show, set, capture, table, flush, timers", _nat)
    nat.add_argument("--gateway", default=None, help="home-gateway (default) or office-gateway")
    nat.add_argument("words", nargs=argparse.REMAINDER, help="what the gateway is told; see nat/gateway.py")
    execute = add(
        "exec", "run a command at a host:  cookielab exec alice -- curl -i http://server.lab.test:8001/", _exec
    )
    execute.add_argument("host")
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    logs = add("logs", "print what a host's own command has printed", _logs)
    logs.add_argument("host")
    check = add("doctor", "tell per engine what is there, what is missing and how to get it", _doctor)
    check.add_argument("--install", action="store_true", help="install what the engine in use lacks (apt, as root)")
    check.add_argument("--quiet", action="store_true", help="print nothing when all is there")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; every LabError becomes one message on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    interrupts.listen()
    try:
        top = parser()
        _known(words)
        arguments = top.parse_args(words)
        return int(arguments.function(arguments))
    except LabError as error:
        print(f"cookielab: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("cookielab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except OSError as error:
        print(f"cookielab: {error}", file=sys.stderr)
        return 3
    except Exception:
        traceback.print_exc()
        print("cookielab: this is a fault of the lab itself, and nothing has been decided", file=sys.stderr)
        return 3


def entry() -> NoReturn:
    """The console script."""
    code = main()
    interrupts.ignore()
    sys.exit(code)


def _known(words: list[str]) -> None:
    """argparse lists all choices for a wrong command; the nearest one is a better answer."""
    if words and not words[0].startswith("-"):
        one_of(COMMANDS, words[0], "command")


def _capture(text: str) -> str:
    return one_of(labs.CAPTURES, text, "capture mode")


def _store(text: str) -> str:
    return one_of(labs.STORES, text, "store")


def _up(arguments: argparse.Namespace) -> int:
    lab = labs.prepare(wanted=arguments.engine, capture=arguments.capture or "mitm", store=arguments.store or "memory")
    with labs.alone(lab.record.name):
        there = labs.find()
        if there and there.running():
            labs.insist(there, arguments.engine, arguments.store)
            print(
                f"the lab '{lab.record.name}' is up already, on {there.record.engine}, capture {there.record.capture}"
            )
            return _describe(there)
        if there:
            for removed in labs.down(there):
                print(f"cleared from an earlier command: {removed}", file=sys.stderr)
        print(f"engine {lab.engine.name}: {lab.why}")
        sys.stdout.flush()
        try:
            labs.up(lab)
            return _describe(lab)
        except KeyboardInterrupt:
            labs.down(lab)
            raise


def _describe(lab: labs.Lab) -> int:
    for host in lab.topology.hosts.values():
        addresses = ", ".join(f"{leg.network} {leg.address}" for leg in host.legs)
        if addresses:
            print(f"  {host.name:15} {addresses}")
    if lab.record.capture == "mitm":
        print(f"mitmweb   {lab.mitmweb()}\n          password {lab.record.password}")
    server = next((p for p in lab.topology.host("server").published), None)
    if server:
        print(f"sessions  {labs.STORES[lab.record.store]} (store {lab.record.store})")
        print(f"server    http://{server.host_address}:{server.host_port}/ from this machine (not through the NAT)")
    print("try       cookielab exec alice -- curl -i http://server.lab.test:8001/")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    name = labs.name()
    with labs.alone(name):
        lab = labs.find()
        removed = labs.down(lab) if lab else []
    for what in removed:
        print(f"removed {what}", file=sys.stderr)
    print(f"the lab '{name}' is down" if lab else f"no lab '{name}' is up; nothing to do")
    return 0


def _existing() -> labs.Lab:
    lab = labs.find()
    if lab is None or not lab.record.up:
        name = labs.name()
        raise LabError(f"no lab '{name}' is up; bring one up with 'make lab-up' or 'cookielab up'")
    return lab


def _status(arguments: argparse.Namespace) -> int:
    lab = _existing()
    states = lab.states()
    if arguments.json:
        hosts = {name: {"state": state.state, "detail": state.detail} for name, state in states.items()}
        url = lab.mitmweb() if lab.record.capture == "mitm" else None
        print(json.dumps({"lab": lab.record.name, "engine": lab.record.engine, "capture": lab.record.capture,
                          "store": lab.record.store, "mitmweb": url, "password": lab.record.password, "hosts": hosts}, indent=1))  # fmt: skip
    else:
        print(f"lab '{lab.record.name}' on {lab.record.engine}, capture {lab.record.capture}, run {lab.record.run_id}")
        for state in states.values():
            print(f"  {state.name:15} {state.state}{state.detail and ': ' + state.detail}")
        _describe(lab)
    return 0 if all(state.state == "running" for state in states.values()) else 1


def _nat(arguments: argparse.Namespace) -> int:
    words = arguments.words or ["show"]
    if not words[0].startswith("-"):
        one_of(NAT_COMMANDS, words[0], "nat command")
    lab = _existing()
    gateway = one_of([host.name for host in lab.topology.gateways()], arguments.gateway or lab.gateway(), "gateway")
    return lab.engine.attach(gateway, ["python", "-m", "nat.gateway", *words])


def _exec(arguments: argparse.Namespace) -> int:
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    if not argv:
        raise UsageError(f"exec {arguments.host}: no command given; for example: cookielab exec alice -- ip route")
    lab = _existing()
    lab.topology.host(arguments.host)
    return lab.engine.attach(arguments.host, argv)


def _logs(arguments: argparse.Namespace) -> int:
    lab = _existing()
    lab.topology.host(arguments.host)
    print(lab.engine.logs(arguments.host), end="")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    store = _store(os.environ.get("STORE") or "memory")
    if arguments.install:
        doctor.install(doctor.needed(os.environ.get("ENGINE") or None, store))
        if arguments.quiet:
            return 0
    findings = [doctor.examine(name, store) for name in NAMES]
    for finding in findings:
        print(f"{finding.engine}: {'cannot run here' if finding.lacks else 'ready'}")
        for lack in (*finding.lacks, *finding.optional):
            print(f"  - {lack.what}\n    {lack.remedy}")
    return 0 if any(not finding.lacks for finding in findings) else 3


def _run(arguments: argparse.Namespace) -> int:
    from . import run

    wish = run.Wish(arguments.engine, arguments.capture, arguments.store)
    return run.command(arguments.scenario, arguments.handler, wish, as_json=arguments.json)


def _judge(arguments: argparse.Namespace) -> int:
    from . import run

    return run.judge_again(arguments.file, as_json=arguments.json)
