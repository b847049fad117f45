"""What the session table needs of a place that keeps sessions: six methods.

Absence is a value, failure is an exception, and time is an argument. An expired record is absent: `expires_at <= now`.
Every change is conditional on the record being there, in one atomic step, so that nothing that is gone comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """A session as a store returns it: a snapshot. Times in seconds since the epoch; values are JSON texts by name.

    The user of a record never changes: a login makes a new record under a new key.
    """

    created_at: float
    expires_at: float
    user: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """Keys are SHA-256 digests of session ids: whoever reads the store cannot take over a session."""

    def create(self, key: bytes, record: Record, now: float) -> None:
        """Keep a new session."""

    def read(self, key: bytes, now: float) -> Record | None:
        """The session, or None where there is none (any more)."""

    def write(self, key: bytes, name: str, value: str | None, now: float) -> bool:
        """Set one value, None removes it; the others stay as they are. False: there is no such session."""

    def touch(self, key: bytes, expires_at: float, now: float) -> bool:
        """Let the session live until then; never shortens its life. False: there is no such session."""

    def move(self, old: bytes, new: bytes, record: Record, now: float) -> bool:
        """End the old session and begin the new one, as one step. The new one holds the record's values
        over those that the old one has at that moment, unless the old one belonged to another user.
        False: there is no such old session, and no new one was made.
        """

    def delete(self, key: bytes) -> bool:
        """End the session. False: there was none."""
