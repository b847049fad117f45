"""Between the text of the line protocol and the bytes on the wire, so that what came in goes out unchanged."""


def raw(readable: str) -> bytes:
    """The bytes that a text stands for: its UTF-8; "\\udc80" to "\\udcff" stand for odd bytes.

    Raises UnicodeEncodeError (a ValueError) for any other lone surrogate, which stands for no bytes at all.
    """
    return readable.encode("utf-8", "surrogateescape")


def text(sent: bytes) -> str:
    """Bytes from the wire, readable: as UTF-8 if they are that, otherwise as Latin-1."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


LONGEST_HEADER = 16_384
"""Bytes of a header's value that are told. Browsers refuse a cookie a quarter as long."""


def header_text(sent: bytes) -> str:
    """A header's value, readable; of a longer one the beginning, and how long it was."""
    if len(sent) <= LONGEST_HEADER:
        return text(sent)
    return f"{cut_text(sent[:LONGEST_HEADER])}… ({len(sent)} bytes)"


def cut_text(sent: bytes) -> str:
    """The same for bytes that were cut off, perhaps within a letter, which is then left out."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError as error:
        within_a_letter = error.reason == "unexpected end of data"
        return text(sent[: error.start] if within_a_letter else sent)
