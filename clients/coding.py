"""Decodes what a body is compressed with, never more of it than there is room for: a few bytes can stand for gigabytes."""

import zlib

import brotli  # type: ignore[import-untyped]

from clients.failures import Malformed

ACCEPTED = "gzip, deflate, br"


class Decoder:
    """Decodes a body piece by piece. What it does not know, and two codings on top of each other, it leaves as it is."""

    def __init__(self, encoding: str | None) -> None:
        self.encoding = encoding
        self._zlib: zlib._Decompress | None = None
        self._brotli = brotli.Decompressor() if encoding == "br" else None

    def feed(self, data: bytes, room: int) -> bytes:
        """What the piece stands for, or its first `room` bytes, which are at least one; Malformed if it makes no sense."""
        try:
            if self._brotli is not None:
                return bytes(self._brotli.process(data, output_buffer_limit=room))[:room]
            if self.encoding in ("gzip", "x-gzip", "deflate"):
                return self._inflate(data, room)
        except (zlib.error, brotli.error) as error:
            raise Malformed(f"the body is not what its Content-Encoding, {self.encoding}, says: {error}") from None
        return data[:room]

    def _inflate(self, data: bytes, room: int) -> bytes:
        found = b""
        while data and len(found) < room:
            if self._zlib is None:
                self._zlib = zlib.decompressobj(self._window(data))
            elif self._zlib.eof:
                if self.encoding == "deflate" or not data.startswith(b"\x1f"):
                    break  # what follows the end is nobody's
                self._zlib = zlib.decompressobj(self._window(data))
            found += self._zlib.decompress(data, room - len(found))
            data = self._zlib.unused_data
        return found

    def _window(self, data: bytes) -> int:
        """gzip; or zlib; or deflate without a frame, which is what some servers mean by it."""
        if self.encoding != "deflate":
            return 16 + zlib.MAX_WBITS
        framed = data[0] & 15 == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)
        return zlib.MAX_WBITS if framed else -zlib.MAX_WBITS


def coding(lines: list[bytes]) -> str | None:
    """The Content-Encoding that the headers name, None where the body is as it is."""
    named = ", ".join(line.decode("latin-1") for line in lines).strip().lower()
    return None if named in ("", "identity") else named
