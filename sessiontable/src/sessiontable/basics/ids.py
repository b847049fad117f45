"""Session ids: random, hashed at rest, and named by a label that opens nothing (OWASP ASVS 7.2.3)."""

import re
from collections.abc import Iterable
from hashlib import sha256
from secrets import token_urlsafe

_BYTES = 32
_is_id = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch  # 32 bytes in URL-safe Base64

ID_LENGTH = 43


def new_id() -> str:
    """An id that nobody can guess: 256 random bits as 43 characters."""
    return token_urlsafe(_BYTES)


def key_of(session_id: str) -> bytes:
    """The key at rest: an id itself is never stored."""
    return sha256(session_id.encode()).digest()


def key_if_id(value: str) -> bytes | None:
    """The key of a value that has the form of an id, None for any other."""
    return sha256(value.encode()).digest() if _is_id(value) else None


def keys_of(values: Iterable[str]) -> list[bytes]:
    """The keys of those values that have the form of an id; only these are worth a look into the table."""
    return [sha256(value.encode()).digest() for value in values if _is_id(value)]


def label_of(key: bytes) -> str:
    """A short name of a session for logs and lists."""
    return key.hex()[:12]
