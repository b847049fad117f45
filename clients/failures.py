"""Says why a request failed: one word that a scenario can branch on, one sentence for the reader."""

import errno
import socket
from collections.abc import Iterator


class UsageFault(Exception):
    """The driver asked for something that makes no sense; the message says what, and what would."""


class Unsendable(Exception):
    """HTTP cannot carry it; the message says what."""


class EmptyReply(Exception):
    """The server closed the connection without a byte."""


class LostReply(Exception):
    """The reply came as far as this host, and is thrown away because the driver said so."""


class Malformed(Exception):
    """What came back is no reply in HTTP; the message says why."""


class BadCertificate(Exception):
    """The server's certificate is not to be believed: whose it is, and why."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"the certificate of {host} is not to be believed: {why}; "
            "name the CA that signed it (`ca:` in the profile) or do without (`verify: no`)"
        )


EMPTY = "the server closed the connection without a byte of reply"
BY_TYPE: list[
    tuple[tuple[type[Exception], ...], str, str]
] = [  # the first that fits decides; a transport adds what its library says
    ((UsageFault,), "usage", "{}"),
    ((UnicodeEncodeError, Unsendable), "unsendable", "{}"),
    ((BadCertificate,), "certificate", "{}"),
    ((Malformed,), "malformed", "{}"),
    ((EmptyReply,), "empty_reply", EMPTY),
    ((LostReply,), "lost", "the reply was lost on the way"),
    ((TimeoutError,), "timeout", "no complete reply before the deadline"),
    ((ConnectionRefusedError,), "refused", "nothing listens there"),
    ((ConnectionResetError, BrokenPipeError), "reset", "the connection was reset"),
    ((socket.gaierror,), "unreachable", "the name cannot be resolved: {}"),
]
PORT_TAKEN = ("port_taken", "the local port is not free: {}; use another, or wait a minute")
NO_WAY = ("unreachable", "there is no way there: {}")
BY_ERRNO = {
    errno.EADDRINUSE: PORT_TAKEN,
    errno.EADDRNOTAVAIL: PORT_TAKEN,
    errno.EHOSTUNREACH: NO_WAY,
    errno.ENETUNREACH: NO_WAY,
    errno.EHOSTDOWN: NO_WAY,
    errno.ENETDOWN: NO_WAY,
    errno.EPERM: NO_WAY,  # what the host's own firewall says
}


def explain(error: Exception) -> tuple[str, str]:
    """The kind of a failure and a sentence about it.

    The libraries wrap what the socket said several times over; the outermost cause that is known decides.
    """
    causes = list(causes_of(error))
    for cause in causes:
        for types, kind, sentence in BY_TYPE:
            if isinstance(cause, types):
                return kind, sentence.format(cause)
        if isinstance(cause, OSError) and cause.errno in BY_ERRNO:
            kind, sentence = BY_ERRNO[cause.errno]
            return kind, sentence.format(cause.strerror)
    innermost = causes[-1]
    if type(innermost) is ValueError:  # http.client's word for a header or method that must not go out
        return "unsendable", str(innermost)
    return "other", f"{type(innermost).__name__}: {innermost}"


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it wraps, by whichever way its library keeps that, down to the innermost."""
    inner: BaseException | None = error
    seen: set[int] = set()
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        yield inner
        wrapped = [getattr(inner, "reason", None), *inner.args, inner.__cause__, inner.__context__]
        inner = next((each for each in wrapped if isinstance(each, BaseException)), None)
