"""Runs a proxy, a cache or a store from one of the recipes beside this file.

python -m server.parts haproxy-pooling --port 8080 --to 198.51.100.80:9001

When it listens a line on stdout says so; where it does not, its own checker is asked what is wrong with the recipe. `purge` on
stdin has it forget what it has kept; it ends with stdin, or by SIGTERM.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from .recipe import filled, find, program

START = 15.0
"""Seconds until it has to listen."""
STDERR = 2
"""Where the program says what it says: our own lines alone are on stdout."""
TAIL = 8
"""Lines of the checker's that are told: the last ones, where it says what is wrong."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until stdin ends. Returns 0 then, 1 where the program is missing or has ended, 2 for usage or a bad recipe."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="part-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            recipe = find(options.recipe)
            file = home / recipe.name
            text = recipe.read_text(encoding="utf-8")
            secret = os.environ.get("SECRET", "")
            file.write_text(filled(text, port=options.port, to=options.to, home=home, secret=secret), encoding="utf-8")
            return _serve(options.recipe, file, home, options.port)
        except KeyError as error:
            return _fail(2, str(error.args[0]))
        except FileNotFoundError as error:
            return _fail(1, f"{error.filename} is not installed at this host")


def _refused(name: str, file: Path, home: Path, port: int) -> str:
    """Why the program's own checker does not take the configuration; empty where it does."""
    check = program(name).check
    if check is None:
        return ""
    argv = check(file, home, port)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return ""
    said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return "\n".join([f"{argv[0]} refuses the recipe {name} ({file.name}):", *(f"  {line}" for line in said[:TAIL])])


def _serve(name: str, file: Path, home: Path, port: int) -> int:
    argv = program(name).run(file, home, port)
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=STDERR) as served:
        signal.signal(signal.SIGTERM, lambda *_: served.terminate())
        if not _listens(served, port):
            served.kill()
            if refused := _refused(name, file, home, port):
                return _fail(2, refused)
            return _fail(1, f"{argv[0]} did not come to listen at port {port}")
        _tell({"event": "listening", "handler": name, "port": port})
        Thread(target=_obey, args=(name, home, served), daemon=True).start()
        code = served.wait()
        return (
            0
            if code in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
            else _fail(1, f"{argv[0]} ended with exit code {code}")
        )


def _listens(served: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline = time.monotonic() + START
    while served.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return True
        time.sleep(0.01)  # nothing tells when another program listens
    return False


def _obey(name: str, home: Path, served: "subprocess.Popen[bytes]") -> None:
    for line in sys.stdin:
        if line.strip() == "purge" and (purge := program(name).purge):
            done = subprocess.run(purge(home), capture_output=True, text=True, errors="replace", check=False)
            _tell({"event": "purged", "error": done.stderr.strip() if done.returncode else ""})
    served.terminate()


def _tell(what: dict[str, object]) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())  # in one piece


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"server.parts: {message}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m server.parts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", help="the name of a file beside this one, without its ending")
    parser.add_argument("--port", type=int, required=True, metavar="N", help="to listen at")
    parser.add_argument(
        "--to", action="append", default=[], metavar="IP:PORT", help="a server behind it; may be repeated"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
