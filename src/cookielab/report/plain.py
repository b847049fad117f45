"""What comes from a server, made fit for a terminal, a page or a log: its words are data, and none of them is obeyed."""

import unicodedata

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of what controls instead of showing: escape sequences, bidi controls, lone surrogates."""


def plain(text: str) -> str:
    """The text with every control character spelt out, line ends too; all else stands as it is."""
    return "".join(_spelt(letter) if unicodedata.category(letter) in HIDDEN else letter for letter in text)


def _spelt(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
