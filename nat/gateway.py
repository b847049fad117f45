"""The NAT gateway of the lab. `serve` is what its machine runs; the other verbs work on the gateway while it runs.

python -m nat.gateway serve                          find WAN and LAN, load the rules, stay
python -m nat.gateway set pool --ports 40000-40003   another NAT kind, for connections that begin from now on
python -m nat.gateway table                          who leaves by which public address and port
python -m nat.gateway obey                           verbs as JSON lines on stdin, for whoever has many of them
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from nat import interfaces, ruleset, settings, sources
from nat.command import GatewayError, UsageError, nearest

PATIENCE = 10.0
"""Seconds that `serve` waits for its addresses to appear."""


class _Stop(Exception):
    """SIGTERM or SIGINT has arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb has to say: a value for programs, and words for people."""

    value: object
    words: str


def serve(_: argparse.Namespace) -> None:
    """Readies the machine, says so in one line of JSON, and answers mitmproxy's questions until SIGTERM or SIGINT.

    The rules stay when it ends: without them the machine would forward everything untranslated.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        wish = settings.read(os.environ)
        found = interfaces.find({"WAN": wish.wan, "LAN": wish.lan}, PATIENCE)
        _check_forwarding(wish.wan)
        ruleset.load(
            ruleset.defines(wish, found),
            ruleset.text("base"),
            ruleset.of_kind(wish),
            ruleset.of_capture(wish.capture),
            ruleset.of_exit(wish.tunnels),
        )
        interfaces.ready(found["WAN"], wish.exits, wish.uplink)
        door = sources.door(wish.lan)
        sides = {name.lower(): {"address": getattr(wish, name.lower()), "interface": found[name]} for name in found}
        _say(json.dumps({"event": "ready", "kind": wish.kind, "capture": wish.capture} | sides))
        while True:
            if door:
                door.answer()
            else:
                signal.pause()
    except _Stop:
        return


def obey(_: argparse.Namespace) -> None:
    """Works off verbs from stdin until its end: one Python for all of them, as each start of one takes its time.

    First it prints {"ready": true}. A line {"id": 1, "do": "set", "words": ["pool"]} gets {"id": 1, "answer": …}, what
    the verb says with --json, or {"id": 1, "error": {"kind": "gateway" | "usage", "text": …}}.
    """
    parser = _parser()
    _say(json.dumps({"ready": True}))
    for line in sys.stdin:
        step = json.loads(line)
        reply: dict[str, object]
        try:
            arguments = parser.parse_args([step["do"], *step.get("words", ())])
            answer = arguments.work(arguments)
            reply = {"answer": answer and answer.value}
        except GatewayError as error:
            kind = "usage" if isinstance(error, UsageError) else "gateway"
            reply = {"error": {"kind": kind, "text": str(error)}}
        _say(json.dumps({"id": step["id"], **reply}))


def show(_: argparse.Namespace) -> Answer:
    """Says what the gateway does now, as the kernel knows it."""
    now = ruleset.state()
    ports = f", ports {now.ports}" if now.ports else ""
    return Answer(
        asdict(now),
        f"NAT kind  {now.kind}{ports}\n          {ruleset.summary(now.kind)}\n"
        f"capture   {now.capture}\n"
        f"timers    TIME_WAIT {now.time_wait} s, CLOSE {now.close} s",
    )


def set_kind(arguments: argparse.Namespace) -> Answer:
    """Changes the NAT kind. Connections that exist keep their translation."""
    kind = nearest("NAT kind", arguments.kind, settings.KINDS)
    wish = replace(settings.read(os.environ), kind=kind)
    if arguments.ports is not None:
        if kind != "pool":
            raise UsageError(f"--ports {arguments.ports}: only the NAT kind pool takes ports, {kind} does not")
        wish = replace(wish, ports=settings.port_range("--ports", arguments.ports))
    _load(ruleset.defines(wish, _interfaces(wish)), ruleset.of_kind(wish))
    return show(arguments)


def capture(arguments: argparse.Namespace) -> Answer:
    """Sends the LAN's new connections to mitmproxy, or no longer does."""
    mode = nearest("capture mode", arguments.mode, settings.CAPTURES)
    wish = settings.read(os.environ)
    _load(ruleset.defines(wish, _interfaces(wish)), ruleset.of_capture(mode))
    return show(arguments)


def table(_: argparse.Namespace) -> Answer:
    """Lists the translation table."""
    from nat import translations

    rows = translations.table()
    lines = [("CLIENT", "INSIDE", "OUTSIDE", "SERVER", "PROTOCOL", "STATE", "SECONDS LEFT")]
    for row in rows:
        outside = row.outside or "mitmproxy"
        left = str(row.seconds_left)
        lines.append((row.client or "-", row.inside, outside, row.server, row.protocol, row.state or "-", left))
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    words = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return Answer([asdict(row) for row in rows], "\n".join(words))


def flush(_: argparse.Namespace) -> Answer:
    """Forgets every connection: the gateway has been switched off and on."""
    from nat import translations

    count = translations.flush()
    return Answer({"forgotten": count}, f"forgot {count} connections")


def trouble(arguments: argparse.Namespace) -> Answer:
    """Lets one client's requests or replies get lost, or end the connection, until it is mended."""
    harm = nearest("trouble", arguments.harm, tuple(ruleset.HARMS))
    what = nearest("what to harm", arguments.what, tuple(ruleset.HARMS[harm]))
    client = settings.address("CLIENT", arguments.client)
    found = _interfaces(wish := settings.read(os.environ))
    ruleset.load(ruleset.defines(wish, found), ruleset.of_trouble(client, harm, what))
    words = "get lost" if harm == "lose" else "end the connection"
    return Answer({"client": client, "harm": harm, "what": what}, f"{client}: {what} {words}")


def reboot(_: argparse.Namespace) -> Answer:
    """Forgets every connection, and from now on resets what goes on with one that it does not know."""
    found = _interfaces(wish := settings.read(os.environ))
    ruleset.load(ruleset.defines(wish, found), ruleset.text("reboot"))
    return flush(_)


def mend(_: argparse.Namespace) -> Answer:
    """Ends all trouble."""
    ruleset.load(ruleset.mended())
    return Answer({}, "no trouble any more")


def timers(arguments: argparse.Namespace) -> Answer:
    """Sets how long a finished TCP connection is remembered; what is not given stays as it is."""
    given = {"--time-wait": arguments.time_wait, "--close": arguments.close}
    for option, seconds in given.items():
        if seconds is not None and seconds < 1:
            raise UsageError(f"{option} {seconds}: a timer is 1 second at least")
    now = ruleset.state()
    if any(given.values()):
        ruleset.load(ruleset.of_timers(arguments.time_wait or now.time_wait, arguments.close or now.close))
    return show(arguments)


def _stop(*_: object) -> None:
    raise _Stop


def _interfaces(wish: settings.Settings) -> dict[str, str]:
    return _found(wish.wan, wish.lan)


@cache
def _found(wan: str, lan: str) -> dict[str, str]:
    """A gateway's interfaces stay as long as it is up."""
    return interfaces.find({"WAN": wan, "LAN": lan})


def _load(*parts: str) -> None:
    """Changes the rules that are there; where there are none, that is the thing to tell."""
    try:
        ruleset.load(*parts)
    except GatewayError:
        ruleset.state()
        raise


def _check_forwarding(address: str) -> None:
    switch = "net.ipv6.conf.all.forwarding" if ":" in address else "net.ipv4.ip_forward"
    if Path("/proc/sys", *switch.split(".")).read_text().strip() != "1":
        raise GatewayError(
            f"{switch} is 0 on this machine, so it would forward nothing; switch it on before the gateway starts, "
            f'in a Compose file with `sysctls: {{{switch}: "1"}}`'
        )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nat.gateway",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, work in (
        ("serve", serve),
        ("obey", obey),
        ("show", show),
        ("set", set_kind),
        ("capture", capture),
        ("table", table),
        ("flush", flush),
        ("timers", timers),
        ("trouble", trouble),
        ("reboot", reboot),
        ("mend", mend),
    ):
        verb = verbs.add_parser(name, help=(work.__doc__ or "").partition("\n")[0])
        verb.add_argument("--json", action="store_true", help="one line of JSON instead of words")
        verb.set_defaults(work=work)
        if name == "set":
            verb.add_argument("kind", help=" | ".join(settings.KINDS))
            verb.add_argument("--ports", metavar="A-B", help="the range of ports of the kind pool")
        elif name == "capture":
            verb.add_argument("mode", help="mitm, or off; passive stops no packet either, so it is off here")
        elif name == "trouble":
            verb.add_argument("harm", help=" | ".join(ruleset.HARMS))
            verb.add_argument("what", help="requests | replies")
            verb.add_argument("client", help="the client's own address")
        elif name == "timers":
            verb.add_argument("--time-wait", type=int, metavar="S", help="seconds after an orderly end")
            verb.add_argument("--close", type=int, metavar="S", help="seconds after a reset")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; gives the exit code: 0 done, 1 it did not work, 2 wrong usage."""
    try:
        arguments = _parser().parse_args(argv)
        answer = arguments.work(arguments)
        if answer is not None:
            _say(json.dumps(answer.value) if arguments.json else answer.words)
    except SystemExit as end:
        return int(end.code or 0)
    except GatewayError as error:
        sys.stderr.write(f"gateway: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
