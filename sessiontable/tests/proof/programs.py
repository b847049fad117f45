"""Short programs: what two to four requests do at once, with one session or with two of one user.

`here` is the session that all share, `there` alice's second one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial, prod

from .steps import Act, Add, EndAll, Login, Logout, Open, Write

type Requests = list[list[Act]]


@dataclass(frozen=True)
class Program:
    """`user`: who is logged in `here`; `later`: seconds from the begin of the sessions to the requests."""

    name: str
    requests: Callable[[str, str], Requests]
    user: str | None = "alice"
    later: float = 0.0

    @property
    def least(self) -> int:
        """So many orders there are at least: of requests with two steps each; one that only looks has a single one."""
        steps = [2 if len(acts) > 1 else 1 for acts in self.requests("", "")]
        return factorial(sum(steps)) // prod(map(factorial, steps))

    def __str__(self) -> str:
        return self.name


def at(session_id: str, *acts: Act) -> list[Act]:
    return [Open(session_id), *acts]


def all_of(here: str, there: str) -> list[Act]:
    return [EndAll("alice", (here, there))]


TWO = [
    Program("write a, write b", lambda here, _: [at(here, Write("a", 1)), at(here, Write("b", 2))]),
    Program("write a, write a", lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2))]),
    Program("update, update", lambda here, _: [at(here, Add()), at(here, Add())]),
    Program("update, write n", lambda here, _: [at(here, Add()), at(here, Write("n", 10))]),
    Program("write, logout", lambda here, _: [at(here, Write("a", 1)), at(here, Logout(here))]),
    Program("two writes, logout", lambda here, _: [at(here, Write("a", 1), Write("b", 1)), at(here, Logout(here))]),
    Program("update, logout", lambda here, _: [at(here, Add()), at(here, Logout(here))]),
    Program("write, login", lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice"))], None),
    Program("write, login again", lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice"))]),
    Program("write, login of another", lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "bob"))]),
    Program("update, login", lambda here, _: [at(here, Add()), at(here, Login(here, "alice"))], None),
    Program("login twice", lambda here, _: [at(here, Login(here, "alice")), at(here, Login(here, "alice"))], None),
    Program("login of two", lambda here, _: [at(here, Login(here, "alice")), at(here, Login(here, "bob"))], None),
    Program("login, logout", lambda here, _: [at(here, Login(here, "alice")), at(here, Logout(here))], None),
    Program("login again, logout", lambda here, _: [at(here, Login(here, "alice")), at(here, Logout(here))]),
    Program("read, logout", lambda here, _: [at(here), at(here, Logout(here))]),
    Program("logout, logout", lambda here, _: [at(here, Logout(here)), at(here, Logout(here))]),
    Program("touch, logout", lambda here, _: [at(here), at(here, Logout(here))], later=20),
    Program("touch, login", lambda here, _: [at(here), at(here, Login(here, "alice"))], later=20),
    Program("touch, write", lambda here, _: [at(here), at(here, Write("a", 1))], later=20),
    Program("revoke all, write", lambda here, there: [all_of(here, there), at(here, Write("a", 1))]),
    Program("revoke all, write there", lambda here, there: [all_of(here, there), at(there, Write("a", 1))]),
    Program("revoke all, touch", lambda here, there: [all_of(here, there), at(here)], later=20),
    Program("revoke all, login again", lambda here, there: [all_of(here, there), at(here, Login(here, "alice"))]),
    Program("revoke all, logout there", lambda here, there: [all_of(here, there), at(there, Logout(there))]),
    Program("revoke all twice", lambda here, there: [all_of(here, there), all_of(here, there)]),
]
"""Two requests."""

MORE = [
    Program("three writes", lambda here, _: [at(here, Write(name, 1)) for name in "abc"]),
    Program("three updates", lambda here, _: [at(here, Add()) for _ in range(3)]),
    Program("write a, write a, read", lambda here, _: [at(here, Write("a", 1)), at(here, Write("a", 2)), at(here)]),
    Program(
        "write, login, logout",
        lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice")), at(here, Logout(here))],
        None,
    ),
    Program("three logins", lambda here, _: [at(here, Login(here, "alice")) for _ in range(3)], None),
    Program(
        "login twice, login of another",
        lambda here, _: [at(here, Login(here, user)) for user in ("alice", "alice", "bob")],
        None,
    ),
    Program(
        "login twice, logout",
        lambda here, _: [at(here, Login(here, "alice")), at(here, Login(here, "alice")), at(here, Logout(here))],
        None,
    ),
    Program(
        "revoke all, login again, write",
        lambda here, there: [all_of(here, there), at(here, Login(here, "alice")), at(here, Write("a", 1))],
    ),
    Program(
        "touch, write, logout", lambda here, _: [at(here), at(here, Write("a", 1)), at(here, Logout(here))], later=20
    ),
    Program(
        "two values each",
        lambda here, _: [at(here, Write("a", 1), Write("b", 1)), at(here, Write("b", 2), Write("a", 2))],
    ),
    Program(
        "write, login and write",
        lambda here, _: [at(here, Write("a", 1)), at(here, Login(here, "alice"), Write("a", 2), Add())],
        None,
    ),
    Program("four reads and writes", lambda here, _: [at(here, Write("a", 1)), at(here, Add()), at(here), at(here)]),
    Program(
        "four of each kind",
        lambda here, _: [at(here, Write("a", 1)), at(here), at(here, Login(here, "alice")), at(here, Logout(here))],
        None,
    ),
]
"""Three or four requests, or more steps in each."""

LONGER = [
    Program(
        "update, update, login, logout",
        lambda here, _: [
            at(here, Add(), Write("a", 1), Add()),
            at(here, Add(), Write("a", 2), Add()),
            at(here, Write("b", 1), Login(here, "alice"), Add()),
            at(here, Write("c", 1), Logout(here)),
        ],
        None,
        later=20,
    ),
    Program(
        "revoke all, login, writes",
        lambda here, there: [
            all_of(here, there),
            at(here, Login(here, "alice"), Add(), Add()),
            at(there, Write("a", 1), Login(there, "alice"), Write("a", 2)),
            at(here, Write("a", 3), Add()),
        ],
        later=20,
    ),
]
"""So many orders that some are drawn by seed."""
