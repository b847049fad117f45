"""The output of a program that may be anybody's: drained, bounded, and printable."""

import threading
import unicodedata
from collections import deque

HEAD, TAIL = 1 << 18, 1 << 18
"""Bytes kept from the beginning and from the end."""
WIDTH = 500
"""Characters of one line that are shown in a message."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    """The text with every character that could steer a terminal or turn a line around written as an escape."""
    return "".join(
        mark if mark == " " or (mark != "\u00ad" and unicodedata.category(mark) not in _HIDDEN) else _escaped(mark)
        for mark in text
    )


def _escaped(mark: str) -> str:
    if mark == "\t":
        return "    "
    code = ord(mark)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Excerpt:
    """Head and tail of what was fed to it, from any number of threads."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self._limit, self._room = tail, head
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque()
        self._held = self._cut = 0
        self._lock = threading.Lock()

    def feed(self, data: bytes) -> None:
        """More of the output."""
        with self._lock:
            if self._room:
                self._head.append(data[: self._room])
                data = data[self._room :]
                self._room -= len(self._head[-1])
            if data:
                self._tail.append(data)
                self._held += len(data)
            while self._held > self._limit and self._tail:
                first, over = self._tail.popleft(), self._held - self._limit
                if len(first) > over:
                    self._tail.appendleft(first[over:])
                cut = min(len(first), over)
                self._held, self._cut = self._held - cut, self._cut + cut

    def raw(self) -> bytes:
        """What is kept, as it came."""
        with self._lock:
            return b"".join((*self._head, *self._tail))

    def lines(self) -> list[str]:
        """What is kept, ready to be shown; one line says how much is missing between head and tail."""
        with self._lock:
            head, tail, cut = b"".join(self._head), b"".join(self._tail), self._cut
        if not cut:
            return _lines(head + tail)
        return [*_lines(head), f"... {cut:,} bytes are left out here ...", *_lines(tail)]


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", errors="replace").replace("\r\n", "\n")
    return [_short(printable(line)) for line in text.removesuffix("\n").split("\n")] if text else []


def _short(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[:WIDTH]} ... ({len(line) - WIDTH:,} more characters)"
