"""What happens to sessions, for a security log and for metrics (OWASP ASVS 16.3)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutine, iscoroutinefunction

from .basics.users import User
from .errors import SessionError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """`label` names the session and opens nothing; `user` is None where nobody was logged in. `at` in seconds since the epoch."""

    user: User | None
    label: str
    at: float


def _is_async(hook: object) -> bool:
    return iscoroutinefunction(hook) or iscoroutinefunction(getattr(hook, "__call__", None))  # noqa: B004


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What is called when something happens, on the spot: be quick. What a hook raises is logged and changes nothing.

    `login`: a session belongs to a user now. `logout`: it was ended on purpose. `gone`: a request came to change one that
    had ended meanwhile. `planted`: a browser sent several of our sessions at once, for each of them. `step`: the store
    was asked: the method's name, how many seconds it took, and whether it failed.
    """

    login: Callable[[Event], object] | None = None
    logout: Callable[[Event], object] | None = None
    gone: Callable[[Event], object] | None = None
    planted: Callable[[Event], object] | None = None
    step: Callable[[str, float, bool], object] | None = None

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            hook = getattr(self, name)
            if hook is not None and (not callable(hook) or _is_async(hook)):
                raise SessionError(
                    f"the hook {name} is {hook!r:.80}: give a function without async, which is called on the spot; "
                    "what takes long is for a queue"
                )


NO_HOOKS = Hooks()


def tell[*Said](hook: Callable[[*Said], object], *said: *Said) -> None:
    """Call a hook. What it raises is logged."""
    try:
        answer = hook(*said)
        if iscoroutine(answer):
            answer.close()
            raise TypeError(f"{hook!r} is async, and nobody awaits it: give a function without async")
    except Exception:
        _log.exception("a hook of the session table failed")
