"""Whose sessions are whose, so that a user's list is not a search through everybody's."""


class Owners:
    """Keys by user. Most users have one: it stands alone, since a set around it would take more than the key."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes | dict[bytes, None]] = {}

    def add(self, user: str, key: bytes) -> None:
        """File one more key of this user."""
        had = self._keys.get(user)
        if had is None:
            self._keys[user] = key
        elif isinstance(had, bytes):
            self._keys[user] = {had: None, key: None}
        else:
            had[key] = None

    def remove(self, user: str, key: bytes) -> None:
        """Take out a key that was filed for this user."""
        had = self._keys[user]
        if isinstance(had, dict):
            del had[key]
        if isinstance(had, bytes) or not had:
            del self._keys[user]

    def of(self, user: str) -> list[bytes]:
        """The keys of this user, the oldest first."""
        had = self._keys.get(user)
        if had is None:
            return []
        return [had] if isinstance(had, bytes) else list(had)
