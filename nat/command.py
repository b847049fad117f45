"""Runs the programs that the gateway stands on (ip, nft, conntrack) and says what went wrong where one fails."""

import subprocess

PACKAGES = {"ip": "iproute2", "nft": "nftables", "conntrack": "conntrack"}
"""The Debian package of each program."""


class GatewayError(Exception):
    """Something did not work; the message names it, its value and the remedy."""

    exit_code = 1


class UsageError(GatewayError):
    """The user, or the environment, asked for something that does not exist or makes no sense."""

    exit_code = 2


def run(*argv: str, stdin: str = "") -> str:
    """Runs a program to its end and gives its stdout; GatewayError where it is missing or fails."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        package = PACKAGES.get(argv[0], argv[0])
        raise GatewayError(f"{argv[0]} is not installed on this machine: apt-get install {package}") from None
    if done.returncode:
        tail = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-12:])
        raise GatewayError(f"command failed with exit code {done.returncode}: {' '.join(argv)}\n{tail}")
    return done.stdout


def nearest(what: str, word: str, known: tuple[str, ...]) -> str:
    """Gives `word` back if it is known; UsageError with the nearest right word if not."""
    if word in known:
        return word
    from difflib import get_close_matches

    guess = get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"did you mean {guess[0]}? " if guess else ""
    raise UsageError(f"unknown {what} '{word}': {hint}there are {', '.join(known)}")
