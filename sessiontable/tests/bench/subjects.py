"""Who is measured: a framework's bare app, and the same app with each way to keep sessions."""

from collections.abc import Iterable
from dataclasses import dataclass

OURS = "Cookie Lab"


@dataclass(frozen=True, slots=True)
class Subject:
    """One app on one server.

    `family`: the framework, whose bare app is the measure; `variant`: the name by which `apps` and `express` build it.
    `store`: where the sessions are; peers are compared on the same one.
    """

    family: str
    variant: str
    title: str
    store: str = ""

    @property
    def id(self) -> str:
        return f"{self.family}/{self.variant}"

    @property
    def bare(self) -> bool:
        return self.variant == "bare"

    @property
    def ours(self) -> bool:
        return self.title == OURS


SERVERS = {
    "starlette": "uvicorn, httptools, uvloop",
    "flask": "gunicorn, gthread, 1 worker, 4 threads",
    "django": "gunicorn, gthread, 1 worker, 4 threads",
    "express": "node",
}
"""What serves a family."""

SUBJECTS = (
    Subject("starlette", "bare", "no sessions"),
    Subject("starlette", "floor", "a middleware that does nothing"),
    Subject("starlette", "ours-memory", OURS, "memory"),
    Subject("starlette", "ours-sqlite", OURS, "SQLite"),
    Subject("starlette", "ours-redis", OURS, "Redis"),
    Subject("starlette", "signed", "Starlette SessionMiddleware", "signed cookie"),
    Subject("starlette", "starsessions-memory", "starsessions", "memory"),
    Subject("starlette", "starsessions-redis", "starsessions", "Redis"),
    Subject("flask", "bare", "no sessions"),
    Subject("flask", "ours-memory", OURS, "memory"),
    Subject("flask", "ours-sqlite", OURS, "SQLite"),
    Subject("flask", "ours-redis", OURS, "Redis"),
    Subject("flask", "cachelib-simple", "Flask-Session, cachelib", "memory"),
    Subject("flask", "cachelib-file", "Flask-Session, cachelib", "files"),
    Subject("flask", "flask-session-redis", "Flask-Session", "Redis"),
    Subject("django", "bare", "no sessions"),
    Subject("django", "cache", "Django, cache (locmem)", "memory"),
    Subject("django", "db", "Django, db", "SQLite"),
    Subject("django", "signed", "Django, signed cookies", "signed cookie"),
    Subject("express", "bare", "no sessions"),
    Subject("express", "memory", "express-session", "memory"),
)


def families(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    """The subjects by family, each with its bare app first, which is added where it is missing."""
    chosen: dict[str, list[Subject]] = {}
    for subject in subjects:
        bare = next(one for one in SUBJECTS if one.bare and one.family == subject.family)
        group = chosen.setdefault(subject.family, [bare])
        if subject not in group:
            group.append(subject)
    return chosen
