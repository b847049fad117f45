"""What a scenario is: one situation, played by a function; and what a group of them is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation. `exercises`: the invariants that it puts to the test; `must_break`: the handlers it must convict.

    `capture`: the capture mode that it needs, None if any will do. `incident`: a real report of this cause. `needs`: the
    verbs without which a subject cannot be played; `password` stands for people who have one. `repeated`: a race, so
    that silence means "not observed in so many tries". `promised`: invariants that are judged only where the profile's
    `survives` names this word, or with an `!` before it where it says that sessions outlive neither a restart nor a changed
    password (`survives: []`).
    `of_cookies`: it tries ids in cookies, so it says nothing of a subject that has none. `remedy`: what to do. `parts`: what
    the lab must have beside its usual hosts, as in `compose/<part>.yaml`; it is there for this scenario alone. `own`: why it is
    played against the lab's own handlers alone; empty where any server will do. `not_on`: an engine that cannot realise it, and
    why.
    """

    id: str
    title: str
    summary: str
    exercises: tuple[str, ...]
    must_break: tuple[str, ...]
    incident: str
    play: Callable[["Stage"], None]
    capture: str | None = None
    needs: tuple[str, ...] = ()
    repeated: bool = False
    promised: Mapping[str, str] = field(default_factory=dict)
    of_cookies: bool = False
    remedy: str = ""
    parts: tuple[str, ...] = ()
    own: str = ""
    not_on: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios about one kind of mistake. `letter`: as in the catalogue, `A` to `H`; empty for the foundation."""

    letter: str
    title: str
    scenarios: tuple[Scenario, ...]

    @property
    def folder(self) -> str:
        """The folder that its scenarios stand in, below `scenarios/`."""
        return self.scenarios[0].play.__module__.split(".")[-2]
