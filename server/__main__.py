"""Runs the cookie server.

python -m server                                     all handlers, each on its own port, and an index on port 8000
python -m server --handler by_address --port 9003    one handler
python -m server --store sqlite:sessions.db          sessions outlive the process
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

from sessiontable import SessionError, StoreUnavailable

from .connection import Listener
from .handlers import CATALOGUE, INDEX_PORT, Entry, default_port, find
from .listen import Settings, insists, listen, listen_all
from .log import Log
from .steering import Steering
from .store import NAMED, find_store
from .visitor import MAX_AGE


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM, SIGINT or, if asked for, the end of stdin. Returns 0 then, 1 without port or store, 2 for usage."""
    options = _parser().parse_args(argv)
    entry = find(options.handler) if options.handler else None
    if options.handler and not entry:
        return _fail(2, _unknown(options.handler))
    end: SimpleQueue[None] = SimpleQueue()  # its put() may interrupt anything, so a signal handler may call it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.put(None))
    log = Log()
    steering = Steering(log) if options.steered else None
    try:
        listeners = _listen(entry, options, log, steering)
    except StoreUnavailable as error:
        return _fail(1, str(error))
    except SessionError as error:
        return _fail(2, str(error))
    except OSError as error:
        return _fail(1, f"{error.strerror}: give another --port or --host")
    for name, listener in listeners:
        Thread(target=listener.serve_forever, daemon=True).start()
        log.listening(name, listener.port)
    if steering:
        orders = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - past Python's buffers, whose lock would outlast us
        Thread(target=steering.obey, args=(orders,), daemon=True).start()
    elif options.until_eof:
        Thread(target=_wait_for_eof, args=(end,), daemon=True).start()
    end.get()
    return 0  # the threads and sockets end with the process


def _listen(
    entry: Entry | None, options: argparse.Namespace, log: Log, steering: Steering | None
) -> list[tuple[str, Listener]]:
    max_age = None if options.session_cookie else options.max_age
    settings = Settings(log, options.host, max_age, find_store(options.store), steering, options.tls is not None)
    if entry is None:
        return listen_all(INDEX_PORT if options.port is None else options.port, settings)
    port = default_port(entry) if options.port is None else options.port
    if options.tls is None:
        return [(entry.name, listen(entry, port, settings))]
    from .tls import SecureListener, context_from_stdin, moved

    plain = listen(entry, port, settings)
    context = context_from_stdin()
    secure = SecureListener(options.host, options.tls, plain.RequestHandlerClass, context)
    if insists(entry, settings):
        plain.server_close()
        plain = moved(entry.name, options.host, plain.port, secure.port, log)
    return [(entry.name, plain), (f"{entry.name} over TLS", secure)]


def _wait_for_eof(end: "SimpleQueue[None]") -> None:
    while os.read(0, 4096):
        pass
    end.put(None)


def _parser() -> argparse.ArgumentParser:
    usage = __doc__ or ""
    parser = argparse.ArgumentParser(
        "python -m server", description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--handler", metavar="NAME", help=", ".join(entry.name for entry in CATALOGUE))
    parser.add_argument(
        "--port", type=_port, metavar="N", help=f"of the one handler, or of the index ({INDEX_PORT}); 0: any free one"
    )
    parser.add_argument("--host", default="0.0.0.0", metavar="ADDRESS", help="to listen at (%(default)s); :: for IPv6")
    parser.add_argument(
        "--tls", type=_port, metavar="N", help="speak TLS at this port as well; key and certificates come over stdin"
    )
    parser.add_argument(
        "--max-age", type=_seconds, default=MAX_AGE, metavar="SECONDS", help="life of a cookie (%(default)s)"
    )
    parser.add_argument(
        "--session-cookie", action="store_true", help="cookies without Max-Age: they end with the browser"
    )
    parser.add_argument(
        "--store",
        metavar="STORE",
        default=os.environ.get("STORE") or "memory",
        help=f"where session_table keeps its sessions: {', '.join(NAMED)}, or a URL (default: $STORE, or memory)",
    )
    parser.add_argument("--until-eof", action="store_true", help="end when stdin ends")
    parser.add_argument(
        "--steered", action="store_true", help="take orders on stdin about gates and the clock: steering.py"
    )
    return parser


def _port(text: str) -> int:
    highest = 65_535 - len(CATALOGUE)
    if not text.isdecimal() or int(text) > highest:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {highest}")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return int(text)


def _unknown(name: str) -> str:
    from difflib import get_close_matches  # here alone, because a start should be fast

    names = [entry.name for entry in CATALOGUE]
    near = get_close_matches(name, names, n=1, cutoff=0.4)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown handler {name!r}: {meant}There are {', '.join(names)}"


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"server: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
