"""`cookielab completion`: what completes its words in bash, zsh and fish; the shell needs no Python to do so."""

import argparse
from collections.abc import Iterable

from ..engines.choice import NAMES
from ..errors import one_of
from ..lab.state import CAPTURES, STORES
from ..parsing import COMMANDS, parser

SHELLS = ("bash", "zsh", "fish")
HOSTS = ("alice", "bob", "carol", "dave", "server", "home-gateway", "office-gateway")
"""Those of compose/lab.yaml; another file may have others."""


def command(arguments: argparse.Namespace) -> int:
    import shtab

    shell = one_of(SHELLS, arguments.shell, "shell")
    top = parser()
    _choices(top)
    print(shtab.complete(top, shell=shell))
    return 0


def _choices(top: argparse.ArgumentParser) -> None:
    """Says of each word what it may be. (The parser itself does not: a wrong word is to be answered by the nearest.)"""
    import shtab

    from ..report import listing

    scenarios = list(listing.scenarios())
    files = shtab.FILE
    choices: dict[tuple[str, str], Iterable[str]] = {
        ("", "engine"): NAMES, ("", "capture"): CAPTURES, ("", "store"): list(STORES),
        ("", "preset"): list(listing.frameworks()), ("", "fail_on"): ("broken", "unknown"),
        ("run", "scenario"): [*scenarios, "all"], ("run", "handler"): [*listing.handlers(), "all"],
        ("list", "kinds"): list(listing.KINDS), ("completion", "shell"): SHELLS, ("help", "about"): COMMANDS,
        ("exec", "host"): HOSTS, ("logs", "host"): HOSTS, ("nat", "gateway"): HOSTS[-2:],
    }  # fmt: skip
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                for each in sub._actions:
                    found = choices.get((name, each.dest)) or choices.get(("", each.dest))
                    if found:
                        each.choices = list(found)
                    elif each.dest in ("words", "paths", "junit", "markdown", "sarif", "baseline") and name != "nat":
                        each.complete = files
