"""What people say first, and what it is called here: other words for commands, a server's address, a program of theirs."""

import re
import shlex
from collections.abc import Sequence

MEANT = {
    "start": "up", "stop": "down", "destroy": "down", "version": "--version", "usage": "help", "ls": "list",
    "scenarios": "list", "ps": "status", "ssh": "exec", "shell": "exec", "play": "run", "prune": "runs", "clean": "runs",
    "install": "doctor", "report": "judge",
} | dict.fromkeys(("test", "scan", "verify", "validate", "audit", "try"), "check")  # fmt: skip
"""What people say first, and what it is called here."""
NAMED_ALONE = dict.fromkeys(("--scenario", "--scenarios", "--only"), "a scenario is named without an option, as in: cookielab check nat") | dict.fromkeys(("--profile", "--config", "--file", "-c", "-f"), "a profile is named without an option, as in: cookielab {command} cookielab.yaml") | dict.fromkeys(("--port", "-p", "--host"), "the lab gives the port, {{port}} in --run says where; a server that runs already is named by --url")  # fmt: skip
"""Options that people try where none is needed, and what to do instead."""
SERVER = re.compile(r"https?://[^/]|(?:[\w.-]*[a-z0-9]|\[[\da-f:]+\]):\d{2,5}(?:/|$)|localhost(?:/|$)", re.IGNORECASE)
"""How words begin that name a server."""
PROGRAM = re.compile(r".+\.(py|js|mjs|ts|rb|php|jar)")
"""A program by its name; a profile ends otherwise."""
_BY = {
    "py": "python {0} {{port}}", "rb": "ruby {0} {{port}}", "php": "php -S 127.0.0.1:{{port}} {0}",
    "jar": "java -jar {0} {{port}}",
}  # fmt: skip
_PORT = {
    "flask": "-p {port}", "uvicorn": "--port {port}", "gunicorn": "--bind 127.0.0.1:{port}",
    "hypercorn": "--bind 127.0.0.1:{port}", "rails": "-p {port}",
} | dict.fromkeys(("python", "python3", "node", "npm", "npx", "ruby", "php", "java"), "{port}")  # fmt: skip
"""How these are told their port."""


def command_for(words: Sequence[str]) -> str:
    """What to write behind `--run` for words with which people start a server; empty if they are none.

    A guess, to be changed by hand: whether a program takes its port so, nobody knows.
    """
    name = words[0]
    if program := PROGRAM.fullmatch(name):
        return shlex.quote(_BY.get(program[1], "node {0} {{port}}").format(name))
    if name not in _PORT:
        return ""
    text = " ".join(words)
    return shlex.quote(text if "{port}" in text else f"{text} {_PORT[name]}")
