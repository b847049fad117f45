"""What requests on an event loop do at once, over one SQLite file, and what else happens to the file meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sessiontable import SessionGone

from ..history import Answer, Explained
from ..programs import Requests, all_of, at
from ..steps import GONE, Act, Add, Both, Login, Logout, Request, Write, sets

TOO_LARGE = "the disk is full"


@dataclass(frozen=True)
class WriteTooMuch:
    """More than the disk has room for, while a single value fits. Answer: TOO_LARGE or GONE."""

    name: str

    async def act(self, table: object, request: Request) -> Answer:
        try:
            await request.session.write(self.name, "x" * 60_000)
        except SessionGone:
            return GONE
        except Exception as error:
            if "database or disk is full" not in str(error):
                raise
            return TOO_LARGE
        return None

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        here = world.at[who]
        if answer == TOO_LARGE:
            return here is None or world.slots[here].lives
        return answer == GONE and sets(world, who, {}, answer)


def nothing_elsewhere(here: str) -> list[Act | None]:
    return []


@dataclass(frozen=True)
class Story:
    """`requests` as in the other programs, the first of a session `here` that all share; "" is for who has none.

    `loops`: on which event loop each request runs; else all on one. `gives_up`: the requests whose callers may do so.
    `elsewhere`: another process takes hold of the file, does this, or nothing (None), and lets go.
    `impatient`: it may take longer than `busy_timeout`. `full`: whatever needs another page fails.
    `commit_fails`: one COMMIT may, for want of room. `locks`: one read may meet a lock. `ends`: the loop may have no
    threads any more. `durable`: all is written by a thread. `most`: writes of a
    transaction, None for what is usual.
    """

    name: str
    requests: Callable[[str, str], Requests]
    user: str | None = "alice"
    later: float = 0.0
    loops: tuple[int, ...] = ()
    gives_up: frozenset[int] = field(default_factory=frozenset)
    elsewhere: Callable[[str], list[Act | None]] = nothing_elsewhere
    impatient: bool = False
    full: bool = False
    commit_fails: bool = False
    durable: bool = False
    locks: bool = False
    ends: bool = False
    most: int | None = None

    def loop_of(self, who: int) -> int:
        return self.loops[who] if self.loops else 0

    def __str__(self) -> str:
        return self.name


def one_of(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


SHORT = [
    Story("write a, write b", lambda here, _: [at(here, Write("a", 1)), at(here, Write("b", 2))]),
    Story("write a, write a", lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2))]),
    Story("update, update", lambda here, _: [at(here, Add()), at(here, Add())]),
    Story("write, logout", lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here))]),
    Story("first write, first write", lambda *_: [at("", Write("a", 1)), at("", Write("a", 2))]),
    Story(
        "two first writes at once, logout",
        lambda here, _: [at("", Both(Write("a", 1), Write("b", 1))), at(here, Logout(here))],
    ),
    Story(
        "two writes at once, logout",
        lambda here, _: [at(here, Both(Write("a", 1), Write("b", 1))), at(here, Logout(here))],
    ),
    Story("login twice", lambda here, _: [at(here, Login(here, "alice")), at(here, Login(here, "alice"))], None),
    Story("login of two", lambda here, _: [at(here, Login(here, "alice")), at(here, Login(here, "bob"))], None),
    Story("login, logout", lambda here, _: [at(here, Login(here, "alice")), at(here, Logout(here))], None),
    Story("touch, write", lambda here, _: [at(here), at(here, Write("a", 1))], later=20),
    Story("touch, logout", lambda here, _: [at(here), at(here, Logout(here))], later=20),
    Story("revoke all, write", lambda here, there: [all_of(here, there), at(here, Write("a", 1))]),
    Story(
        "a write that is given up, write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2))],
        gives_up=one_of(0),
    ),
    Story(
        "a login that is given up, write",
        lambda here, _: [at(here, Login(here, "alice")), at(here, Write("a", 2))],
        None,
        gives_up=one_of(0),
    ),
    Story(
        "full disk, write",
        lambda here, _: [at(here, WriteTooMuch("a")), at(here, Write("b", 2))],
        full=True,
    ),
    Story(
        "COMMIT fails, write, update",
        lambda here, _: [at(here, Write("a", 1)), at(here, Add())],
        commit_fails=True,
    ),
    Story(
        "held elsewhere, write, write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Write("b", 2))],
        elsewhere=lambda _: [None],
    ),
    Story(
        "durable, write, logout",
        lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here))],
        durable=True,
    ),
    Story(
        "two loops, write a, write a",
        lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2))],
        loops=(0, 1),
    ),
    Story("a read meets a lock, write", lambda here, _: [at(here), at(here, Write("a", 1))], locks=True),
    Story(
        "no threads any more, write, logout",
        lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here))],
        durable=True,
        ends=True,
    ),
    Story(
        "held elsewhere, write, logout",
        lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here))],
        elsewhere=lambda _: [None],
    ),
]
"""Two requests."""

LONG = [
    Story(
        "held elsewhere, full disk, write",
        lambda here, _: [at(here, WriteTooMuch("x")), at(here, Write("a", 1))],
        elsewhere=lambda _: [None],
        full=True,
    ),
    Story(
        "logout elsewhere, write, update",
        lambda here, _: [at(here, Write("a", 1)), at(here, Add())],
        elsewhere=lambda here: [Logout(here)],
    ),
    Story(
        "held elsewhere too long, write, write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Write("b", 2))],
        elsewhere=lambda _: [None],
        impatient=True,
    ),
    Story("three writes, two at most", lambda here, _: [at(here, Write("a", n)) for n in range(3)], most=2),
    Story(
        "write, login, logout",
        lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice")), at(here, Logout(here))],
        None,
    ),
    Story(
        "two writes, update, logout",
        lambda here, _: [at(here, Write("a", 1), Write("b", 1)), at(here, Add()), at(here, Logout(here))],
    ),
    Story(
        "revoke all, login again, write",
        lambda here, there: [all_of(here, there), at(here, Login(here, "alice")), at(here, Write("a", 1))],
    ),
    Story(
        "full disk between two",
        lambda here, _: [at(here, Write("a", 1)), at(here, WriteTooMuch("x")), at(here, Add())],
        full=True,
    ),
    Story(
        "full disk twice, logout",
        lambda here, _: [at(here, WriteTooMuch("x")), at(here, WriteTooMuch("y")), at(here, Logout(here))],
        full=True,
    ),
    Story(
        "COMMIT fails, write, login, first write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice")), at("", Write("a", 2))],
        commit_fails=True,
    ),
    Story(
        "write elsewhere, update, login",
        lambda here, _: [at(here, Add()), at(here, Login(here, "alice"))],
        elsewhere=lambda here: [Write("n", 10)],
    ),
    Story(
        "held elsewhere too long, write, login",
        lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice"))],
        elsewhere=lambda _: [None],
        impatient=True,
    ),
    Story(
        "held elsewhere, given up, write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2))],
        elsewhere=lambda _: [None],
        gives_up=one_of(0, 1),
    ),
    Story(
        "given up, given up, update",
        lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here)), at(here, Add())],
        gives_up=one_of(0, 1),
    ),
    Story(
        "durable, given up, COMMIT fails",
        lambda here, _: [at(here, Write("a", 1)), at(here, Add())],
        durable=True,
        commit_fails=True,
        gives_up=one_of(0),
    ),
    Story(
        "two loops, update, login, logout",
        lambda here, _: [at(here, Add()), at(here, Login(here, "alice")), at(here, Logout(here))],
        loops=(0, 1, 0),
    ),
    Story(
        "two loops held elsewhere",
        lambda here, _: [at(here, Write("a", 1)), at(here, Add())],
        loops=(0, 1),
        elsewhere=lambda _: [None],
    ),
]
"""More of them, or more that goes wrong at once."""
