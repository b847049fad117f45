"""`cookielab nat`: shows or changes a gateway's NAT while the lab is up."""

import argparse
from itertools import pairwise

from ..errors import UsageError, one_of
from ..lab.state import existing
from ..topology.natkinds import kinds

EXAMPLE = "cookielab nat set pool --ports 40000-40000"
WORDS = ("show", "set", "capture", "table", "flush", "timers")


def command(arguments: argparse.Namespace) -> int:
    words = arguments.words or ["show"]
    if not words[0].startswith("-"):
        one_of(WORDS, words[0], "nat command")
    if words[0] == "set":
        words = ["set", *_kind(words[1:])]
    lab = existing()
    gateway = one_of([host.name for host in lab.topology.gateways()], arguments.gateway or lab.gateway(), "gateway")
    return lab.engine.attach(gateway, ["python", "-m", "nat.gateway", *words])


def _kind(words: list[str]) -> list[str]:
    """The same words, of which the first that is no option is a NAT kind; UsageError where it is none, or missing."""
    if "--help" in words or "-h" in words:
        return words
    known = kinds()
    plain = [word for before, word in pairwise(["", *words]) if not word.startswith("-") and before != "--ports"]
    named = plain[0] if plain else ""
    if not named:
        raise UsageError(f"nat set: no NAT kind given. There are: {', '.join(known)}; for example: {EXAMPLE}")
    one_of(known, named, "NAT kind")
    return words
