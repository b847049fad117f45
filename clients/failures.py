"""Says why a request failed: one word that a scenario can branch on, one sentence for the reader."""

import errno
import socket
from collections.abc import Iterator
from http.client import RemoteDisconnected

from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema


class UsageFault(Exception):
    """The driver asked for something that makes no sense; the message says what, and what would."""


BY_TYPE: list[tuple[tuple[type[Exception], ...], str, str]] = [  # the first that fits decides
    ((UsageFault, InvalidSchema, InvalidURL, MissingSchema), "usage", "{}"),
    ((InvalidHeader, UnicodeEncodeError), "unsendable", "{}"),
    ((RemoteDisconnected,), "empty_reply", "the server closed the connection without a byte of reply"),
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
