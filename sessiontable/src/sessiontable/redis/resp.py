"""How commands and replies look on the wire (RESP, version 2)."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

import redis

MISSING = object()
"""No whole reply has come yet."""


class Reader(Protocol):
    """Takes what comes in, piece by piece, and gives the replies."""

    def feed(self, data: bytes, /) -> object: ...

    def gets(self) -> Any:
        """The next reply, or MISSING. An error of the server is a reply, too: a ResponseError. Raises UnicodeDecodeError
        for a reply that is no text, after which the next one can be had, and InvalidResponse for what is no reply.
        """


def plainly_packed(command: tuple[bytes, ...]) -> bytes:
    """A command as Redis reads it."""
    return b"*%d\r\n%b" % (len(command), b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in command]))


class PlainReader:
    """In Python, where hiredis is not installed."""

    def __init__(self) -> None:
        self._buffer, self._at = bytearray(), 0
        self._replies = self._all()

    def feed(self, data: bytes, /) -> None:
        self._buffer += data

    def gets(self) -> Any:
        reply, undecodable = next(self._replies)
        if undecodable:
            raise undecodable
        return reply

    def _all(self) -> Generator[tuple[Any, UnicodeDecodeError | None], None, None]:
        while True:
            wrong: list[UnicodeDecodeError] = []
            reply = yield from self._reply(wrong)
            del self._buffer[: self._at]
            self._at = 0
            yield reply, wrong[0] if wrong else None

    def _reply(self, wrong: list[UnicodeDecodeError]) -> Generator[tuple[Any, None], None, Any]:
        line = yield from self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return _text(rest, wrong)
        if kind == b"-":
            return redis.ResponseError(rest.decode(errors="replace"))
        try:
            number = int(rest)
        except ValueError:
            kind = b""
        if kind == b":":
            return number
        if kind in (b"$", b"*") and number == -1:
            return None
        if kind == b"$":
            return _text((yield from self._exactly(number + 2))[:-2], wrong)
        if kind == b"*":
            replies = []
            for _ in range(number):
                replies.append((yield from self._reply(wrong)))
            return replies
        raise redis.InvalidResponse(f"it sent what is no reply: {line[:40]!r}")

    def _line(self) -> Generator[tuple[Any, None], None, bytes]:
        seen = self._at
        while (end := self._buffer.find(b"\r\n", seen)) < 0:
            seen = max(self._at, len(self._buffer) - 1)
            yield MISSING, None
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return line

    def _exactly(self, size: int) -> Generator[tuple[Any, None], None, bytes]:
        while len(self._buffer) < self._at + size:
            yield MISSING, None
        data = bytes(self._buffer[self._at : self._at + size])
        self._at += size
        return data


def _text(data: bytes, wrong: list[UnicodeDecodeError]) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        wrong.append(error)
        return ""


def _quickest() -> tuple[Callable[[], Reader], Callable[[tuple[bytes, ...]], bytes]]:
    try:
        import hiredis
    except ImportError:
        return PlainReader, plainly_packed

    def made() -> Reader:
        reader: Reader = hiredis.Reader(
            protocolError=redis.InvalidResponse, replyError=redis.ResponseError,
            encoding="utf-8", errors="surrogatepass", notEnoughData=MISSING,
        )  # fmt: skip
        return reader

    pack: Any = hiredis.pack_command
    return made, pack


reader, packed = _quickest()
"""What makes a reader, and what packs a command: hiredis, where it is installed. (redis-py's own way of packing takes all
types, and a third of the time of the whole call.)
"""
