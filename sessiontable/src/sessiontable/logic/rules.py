"""What holds for all sessions of a table: its settings, its store, its limits, and whom it tells."""

import time
from collections.abc import Callable

from ..basics.ids import label_of
from ..basics.settings import whole_number, whole_seconds
from ..basics.users import User, stored
from ..errors import SessionError
from ..events import NO_HOOKS, Event, Hooks, tell
from ..http.cookie import Cookie
from ..store import METHODS, AsyncStore, Iterates, ListsByUser, ListsQuickly, Record, Store
from .inline import settled
from .lifetime import USUAL, Lifetime
from .timed import Timed

_REFRESH_SECONDS = 60.0
_LONGEST_GRACE = 60
_MOST_ENDED = 1000
AHEAD = 60.0  # seconds that another machine's clock may be ahead: a session from later than that is nobody's


class Rules:
    """The settings of a table, and what a session asks of it; see `SessionTable` for what they mean."""

    def __init__(
        self,
        store: Store | AsyncStore,
        *,
        idle_timeout: int = 30 * 60,
        absolute_timeout: int = 12 * 60 * 60,
        cookie: Cookie | None = None,
        clock: Callable[[], float] = time.time,
        max_bytes: int = 64 * 1024,
        max_per_user: int = 100,
        grace: int = 10,
        hooks: Hooks = NO_HOOKS,
    ) -> None:
        for name, value, fits, form in (
            ("cookie", cookie, cookie is None or isinstance(cookie, Cookie), 'Cookie("shop")'),
            ("hooks", hooks, isinstance(hooks, Hooks), "Hooks(login=log_it)"),
            ("clock", clock, callable(clock), "time.time, without a call"),
        ):
            if not fits:
                raise SessionError(f"{name} is {value!r:.80}: give one as {form}")
        if isinstance(store, type) or not all(hasattr(store, name) for name in METHODS):
            raise SessionError(
                f'the store is {store!r:.80}: give one as MemoryStore() or SQLiteStore("sessions.db"), with the methods '
                f"{', '.join(METHODS)}"
            )
        self._idle = whole_seconds("idle_timeout", idle_timeout, 1)
        self._absolute = whole_seconds("absolute_timeout", absolute_timeout, 1)
        if idle_timeout > absolute_timeout:
            raise SessionError(
                f"idle_timeout is {idle_timeout} s and absolute_timeout {absolute_timeout} s: idle must not be longer"
            )
        self.max_bytes = whole_number("max_bytes", max_bytes, 1, "the bytes that one session may take")
        self.max_per_user = whole_number("max_per_user", max_per_user, 1, "how many sessions one user may have")
        self.grace = whole_seconds("grace", grace, 0, _LONGEST_GRACE)
        self.ends, self._ended = 0, dict[bytes, int]()
        self.planted = -1
        """How many requests with several of our sessions there were, so that each is tidied at other places."""
        adapted = self._adapted(store)
        self.store: AsyncStore = Timed(adapted, hooks.step) if hooks.step else adapted
        self.is_timed = hooks.step is not None
        self.cookie, self.clock, self.hooks = cookie or Cookie(), clock, hooks
        self.refresh = self.refresh_of(USUAL)
        """So many seconds of use may go by before the idle end is moved, and with it a lasting cookie."""
        self.rolls = 0 < self._age(USUAL) < idle_timeout
        """Whether a cookie ends before an unused session does."""
        self._faces = (adapted, store)  # the one in use, which may lack an ability, first

    def _adapted(self, store: Store | AsyncStore) -> AsyncStore:
        raise NotImplementedError

    @property
    def idle_timeout(self) -> int:
        """Seconds without use after which a session ends, where its login asked for nothing else."""
        return self._idle

    @property
    def absolute_timeout(self) -> int:
        """Seconds after its login at which a session ends, where its login asked for nothing else."""
        return self._absolute

    async def sessions_by_key(self, user: User, quick: bool = False) -> list[tuple[bytes, Record]]:
        """The living sessions of a user with their keys, the newest first. `quick`: without a long search, see `ListsQuickly`."""
        now, name = self.clock(), stored(user)
        lists = next((face for face in self._faces if isinstance(face, ListsByUser)), None)
        iterates = next((face for face in self._faces if isinstance(face, Iterates)), None)
        if quick and isinstance(lists, ListsQuickly):
            found = list(await settled(lists.listed(name, now)))
        elif lists is not None:
            found = list(await settled(lists.sessions_of(name, now)))
        elif iterates is not None:
            found = [item for item in await settled(iterates.sessions(now)) if item[1].user == name]
        else:
            raise SessionError(
                f"{type(self._faces[-1]).__name__} cannot list the sessions of {user!r}: "
                "give it the method sessions_of, or sessions, as described in store.py"
            )
        return sorted((item for item in found if self.alive(item[1], now)), key=lambda item: -item[1].created_at)

    async def end(self, key: bytes, user: User | None) -> bool:
        """End a session on purpose. False: there was none."""
        ended = await self.store.delete(key)
        self.ends += 1
        self._ended[key] = self.ends
        if len(self._ended) > _MOST_ENDED:
            self._ended.pop(next(iter(self._ended)), None)
        if ended:
            self.tell(self.hooks.logout, user, key)
        return ended

    def ended_since(self, mark: int, key: bytes) -> bool:
        """Whether this process has ended a session since `ends` was that: while a request that carries its id was under way."""
        return self._ended.get(key, 0) > mark

    async def thin_out(self, user: User, newest: bytes) -> None:
        """After a login: where a user has too many sessions the oldest ones go."""
        if not any(isinstance(face, ListsByUser) for face in self._faces):
            return  # to go through everybody's at each login would be too much
        others = [key for key, _ in await self.sessions_by_key(user, quick=True) if key != newest]
        for key in others[self.max_per_user - 1 :]:
            await self.end(key, user)

    def tell(self, hook: Callable[[Event], object] | None, user: User | None, key: bytes) -> None:
        """Call a hook, if there is one."""
        if hook is not None:
            tell(hook, Event(user, label_of(key), self.clock()))

    def alive(self, record: Record, now: float) -> bool:
        """Whether a record counts: not one from the future, made while a clock was wrong, which might never end."""
        return record.created_at <= now + AHEAD

    def end_of(self, created_at: float, now: float, life: Lifetime = USUAL) -> float:
        """When a session that was used just now ends, if it is not used again."""
        idle, absolute = now + self._idle, created_at + self._absolute
        if life is not USUAL:
            idle, absolute = now + (life.idle or self._idle), created_at + (life.absolute or self._absolute)
        return idle if idle < absolute else absolute

    def refresh_of(self, life: Lifetime) -> float:
        """The same for a session with limits of its own: a tenth of the shortest of them, or it would end while it is used."""
        return min(_REFRESH_SECONDS, (life.idle or self._idle) / 10, self._age(life) / 10 or _REFRESH_SECONDS)

    def is_short_of(self, record: Record, life: Lifetime) -> bool:
        """Whether the cookie may end before this session, the end of which moves no more: then each reply renews it."""
        final = record.expires_at >= record.created_at + (life.absolute or self._absolute)
        return final and 0 < self._age(life) < (life.idle or self._idle)

    def _age(self, life: Lifetime) -> int:
        """The Max-Age of its cookie, 0 where it has none."""
        return (self.cookie.max_age if life.max_age is None else life.max_age) or 0

    def lifetime(
        self, idle_timeout: int | None, absolute_timeout: int | None, max_age: int | None, device: str | None
    ) -> Lifetime:
        """What one login asks for. Raises SessionError for what makes no sense."""
        idle = None if idle_timeout is None else whole_seconds("idle_timeout", idle_timeout, 1)
        absolute = None if absolute_timeout is None else whole_seconds("absolute_timeout", absolute_timeout, 1)
        if (idle or self._idle) > (absolute or self._absolute):
            raise SessionError(
                f"this login would have an idle_timeout of {idle or self._idle} s and an absolute_timeout of "
                f"{absolute or self._absolute} s: idle must not be longer; give both"
            )
        if max_age is not None:
            whole_seconds("max_age", max_age, 0)
        if device is not None and not isinstance(device, str):
            raise SessionError(f"device is {device!r}: give a text, as the User-Agent header has it, or None")
        return Lifetime(idle, absolute, max_age, device and "".join(filter(str.isprintable, device))[:200])
