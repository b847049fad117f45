"""Bodies of requests as browsers and scripts write them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clients.failures import UsageFault
from clients.fields import Fields
from clients.octets import raw

type Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, and the Content-Type that it has if the headers name none."""

    content: bytes
    type: str


def body_in(fields: Fields) -> Body | None:
    """The body that the fields describe, None if there is none; at most one of them may."""
    ways: dict[str, Callable[[], Body]] = {
        "json": lambda: as_json(fields.any("json")),
        "form": lambda: form(fields.pairs("form")),
        "multipart": lambda: multipart(fields.pairs("multipart")),
        "text": lambda: Body(raw(fields.text("text")), "text/plain; charset=utf-8"),
    }
    given = [name for name in ways if not fields.null(name) and name in fields.left]
    if len(given) > 1:
        raise UsageFault(f"{fields.step}: {' and '.join(map(repr, given))} are two bodies; a request has one")
    return ways[given[0]]() if given else None


def as_json(value: Any) -> Body:
    try:
        return Body(json.dumps(value, allow_nan=False).encode(), "application/json")
    except ValueError as error:
        raise UsageFault(f"'json' cannot be written as JSON: {error}") from None


def form(pairs: Pairs) -> Body:
    """As a browser sends a form without a file."""
    content = urlencode([(raw(name), raw(value)) for name, value in pairs])
    return Body(content.encode("ascii"), "application/x-www-form-urlencoded")


def multipart(pairs: Pairs) -> Body:
    """As a browser sends a form that says enctype=multipart/form-data (HTML, 4.10.22.8)."""
    import secrets  # and with it all of OpenSSL

    boundary = f"----cookielab{secrets.token_hex(12)}"
    parts = bytearray()
    for name, value in pairs:
        escaped = raw(name).replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
        parts += b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n' % (boundary.encode(), escaped)
        parts += raw(value) + b"\r\n"
    parts += f"--{boundary}--\r\n".encode()
    return Body(bytes(parts), f"multipart/form-data; boundary={boundary}")
