"""`cookielab completion`: what completes its words in bash, zsh and fish; the shell needs no Python to do so."""

import argparse
import re
from collections.abc import Iterable
from typing import Any

from ..engines.choice import NAMES
from ..errors import one_of
from ..lab.state import CAPTURES, STORES
from ..parsing import COMMANDS, parser
from ..stage.catalogue import groups
from ..topology import natkinds
from .nat import WORDS as NAT

SHELLS = ("bash", "zsh", "fish")
HOSTS = ("alice", "bob", "carol", "dave", "server", "home-gateway", "office-gateway")
"""Those of compose/lab.yaml; another file may have others."""
FILES = ("words", "paths", "junit", "markdown", "sarif", "baseline", "output")
"""Of any command: what is a file's name."""


def command(arguments: argparse.Namespace) -> int:
    import shtab

    shell = one_of(SHELLS, arguments.shell, "shell")
    top = parser()
    _choices(top)
    script = shtab.complete(top, shell=shell)
    if shell == "zsh":  # shtab has it complete the first of several words alone
        script = re.sub(r'^  "\(\*\)::?', '  "*:', script, flags=re.MULTILINE)
    print(script)
    return 0


def _choices(top: argparse.ArgumentParser) -> None:
    """Says of each word what it may be. (The parser itself does not: a wrong word is to be answered by the nearest.)"""
    import shtab

    from ..report import listing

    scenarios = list(listing.scenarios())
    choices: dict[tuple[str, str], Iterable[str]] = {
        ("", "engine"): NAMES, ("", "capture"): CAPTURES, ("", "store"): list(STORES),
        ("", "preset"): list(listing.frameworks()), ("", "fail_on"): ("broken", "unknown"),
        ("run", "scenario"): [*scenarios, *(group.folder for group in groups()), "all"], ("run", "handler"): [*listing.handlers(), "all"],
        ("list", "kinds"): list(listing.KINDS), ("completion", "shell"): SHELLS, ("help", "about"): COMMANDS,
        ("exec", "host"): HOSTS, ("logs", "host"): HOSTS, ("nat", "gateway"): HOSTS[-2:],
        ("nat", "words"): [*NAT, *natkinds.kinds()],
    }  # fmt: skip
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                for each in sub._actions:
                    found = choices.get((name, each.dest)) or choices.get(("", each.dest))
                    if found:
                        each.choices = list(found)
                    elif each.dest in FILES:
                        each.complete = shtab.FILE if (name, each.dest) != ("check", "words") else _or_files(scenarios)


def _or_files(names: Iterable[str]) -> dict[str, Any]:
    """What completes one of these names or a file's, by shell, as shtab wants it."""
    words, function = " ".join(names), "_cookielab_names_or_files"
    bash = f'compgen -f -- "$1"\n  compgen -W "{words}" -- "$1"'
    zsh = f"_alternative 'names:scenario:({words})' 'files:profile:_files'"
    fish = f"printf '%s\\n' {words}\n  __fish_complete_path (commandline -ct)"
    return {
        "bash": function, "zsh": function, "fish": f"({function})",
        "preamble": {
            "bash": f"{function}() {{\n  {bash}\n}}", "zsh": f"{function}() {{\n  {zsh}\n}}",
            "fish": f"function {function}\n  {fish}\nend",
        },
    }  # fmt: skip
