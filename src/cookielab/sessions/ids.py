"""Session ids: random, hashed at rest, and named by a label that opens nothing (OWASP ASVS 7.2.3)."""

import re
from hashlib import sha256
from secrets import token_urlsafe

_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in URL-safe Base64

ID_LENGTH = 43


def new_id() -> str:
    """An id that nobody can guess: 256 random bits as 43 characters."""
    return token_urlsafe(_BYTES)


def is_id(value: str) -> bool:
    """Whether a cookie's value has the form of an id; only then is it worth a look into the table."""
    return _FORM.fullmatch(value) is not None


def key_of(session_id: str) -> bytes:
    """The key at rest: an id itself is never stored."""
    return sha256(session_id.encode()).digest()


def label_of(key: bytes) -> str:
    """A short name of a session for logs and lists."""
    return key.hex()[:12]
