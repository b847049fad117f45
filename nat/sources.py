"""Tells mitmproxy from which port a client really came.

A redirected connection ends at one port of the gateway, wherever the client sent it. Two connections of one client from
one local port, to two servers, would then look alike, so the kernel changes the source port of the later one. mitmproxy
sees the changed port and may not read the translation table; so it asks here, over an abstract unix socket, which is to
be found in this machine's network namespace alone. A question and its answer are each a line with ip:port, or
[ip]:port; the answer is an empty line where nothing is known.
"""

import re
import socket
import sys
from errno import EADDRINUSE
from ipaddress import ip_address

from nat.command import GatewayError, run

DOOR = "\0cookielab/sources"
"""Where the gateway is asked; nat/transparent.py knows it, too."""

PROXY_PORT = 8080
"""Where capture.nft sends connections."""

LONGEST = 64
WAITING = 4096
"""Questions that may wait; one more would fail at once, not wait."""
PATIENCE = 1.0
"""Seconds for a question to come, and as many for its answer to go."""

ORIGINAL = re.compile(r"^tcp .*?\bsrc=(\S+) dst=\S+ sport=(\d+) ", re.MULTILINE)


def door() -> socket.socket | None:
    """Where questions arrive from now on; None where another gateway on this machine has them already."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(DOOR)
    except OSError as error:
        listener.close()
        if error.errno == EADDRINUSE:
            return None
        raise
    listener.listen(WAITING)
    return listener


def answer(listener: socket.socket) -> None:
    """Waits for one question and answers it. What goes wrong with it is said on stderr; the next can be asked."""
    asker, _ = listener.accept()
    with asker:
        asker.settimeout(PATIENCE)
        try:
            asker.sendall(_reply(asker.recv(LONGEST)))
        except OSError as error:
            _say(f"a question was not answered: {error}")


def source(seen: str) -> str:
    """Where the redirected connection really came from that mitmproxy sees as coming from `seen`, or an empty text.

    ValueError where `seen` is not ip:port, GatewayError where the table cannot be read.
    """
    host, _, port = seen.rpartition(":")
    address, number = ip_address(host.removeprefix("[").removesuffix("]")), int(port)
    family = ("-f", f"ipv{address.version}")
    ends = ("--reply-dst", str(address), "--reply-port-dst", str(number), "--reply-port-src", str(PROXY_PORT))
    return original(run("conntrack", "-L", *family, "-p", "tcp", *ends))


def original(listing: str) -> str:
    """The client of the first connection in the output of `conntrack -L`, or an empty text."""
    found = ORIGINAL.search(listing)
    if not found:
        return ""
    host, port = found.groups()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reply(question: bytes) -> bytes:
    try:
        return f"{source(question.decode().strip())}\n".encode()
    except (ValueError, GatewayError, OSError) as error:
        _say(f"no answer to {question!r}: {error}")
        return b"\n"


def _say(line: str) -> None:
    sys.stderr.write(f"sources: {line}\n")
    sys.stderr.flush()
