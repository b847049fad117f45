"""A session for adapters of frameworks that have a form of their own for values, as Flask's tags and Django's serializers.

The adapter makes the JSON texts that a store keeps, and reads them.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from ..basics.users import User
from .inline import finish
from .lifetime import NAME, USUAL, Lifetime
from .mapping import Texts
from .table import Session, SessionTable


class MovingSession(Session):
    """A session whose cookie is the framework's. `moved`: its idle end has moved, so the cookie has to live longer, too."""

    __slots__ = ("moved",)

    def __init__(self, table: SessionTable, ids: Sequence[str] = ()) -> None:
        super().__init__(table, ids)
        self.moved = False

    def _renew_cookie(self, key: bytes) -> None:
        self.moved = True


class TextSession:
    """A `Session`, which is `session`, with its values as JSON texts. Raises what the session's own methods raise."""

    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def texts(self) -> Mapping[str, str]:
        """All values by name, as they are stored; own writes included. It looks the session up."""
        self.session._use()
        values: Mapping[str, str] = self.session._values
        return values if NAME not in values else {name: text for name, text in values.items() if name != NAME}

    @property
    def exists(self) -> bool:
        """Whether there is something for a logout to end: a session, or a cookie that may lead to one."""
        return bool(self.session.key or self.session._ids)

    @property
    def new_id(self) -> str | None:
        """The id that the reply's cookie carries; None where the browser's own goes on."""
        return self.session._id

    @property
    def moved(self) -> bool:
        """See `MovingSession`."""
        return isinstance(self.session, MovingSession) and self.session.moved

    @property
    def created_at(self) -> float | None:
        """When the session began, in seconds since the epoch; None while nothing is stored."""
        return self.session._created_at if self.session.key else None

    @property
    def life(self) -> Lifetime:
        """How long it lives, as it was last told by `begin` or `login`."""
        return self.session._life

    @property
    def locked(self) -> AbstractContextManager[bool]:
        """For what must not be parted by another thread of the same request."""
        return self.session._lock

    def write(self, texts: Texts) -> None:
        """Set values one by one, None removes; the first one begins a session."""
        with self.locked:
            finish(self.session._write_many(texts))

    def begin(self, texts: Mapping[str, str], life: Lifetime = USUAL) -> None:
        """Go on under a new id, for the same user, with these values over those that are there and with these limits in
        place of the former ones. Where nothing is stored yet a session begins. No login: the absolute limit goes on.
        """
        with self.locked:
            finish(self.session._begin(self.session.user, dict(texts), life, self.created_at))

    def login(self, user: User, texts: Mapping[str, str], life: Lifetime = USUAL) -> None:
        """See `Session.rotate`."""
        with self.locked:
            finish(self.session._rotate(user, life, dict(texts)))
