"""What a test suite tests: the one thing that a user of the plugin says. It holds words; nothing is started or read here."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

type Kind = Literal["wsgi", "asgi", "run", "url", "compose", "image", "profile"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subject:
    """A server under test, and how people use it.

    `profile`: a file with a profile. `words`: the profile's own words, `users=`, `login=`, `me=`, `note=`, `logout=` and all
    others; they count before the file's. `reset`: called before each test, where the server's state must not carry over;
    a text is a command, as in the profile.
    """

    kind: Kind
    what: Any = None
    profile: Path | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    reset: Callable[[], object] | None = None
    place: str = ""
    """Where it was said, as file:line."""

    @classmethod
    def wsgi(cls, app: Callable[..., Any], *, profile: str | Path | None = None, **words: Any) -> Self:
        """A WSGI app that stays in the test process: Flask, Django, Pyramid, Bottle."""
        return cls._of("wsgi", app, profile, words)

    @classmethod
    def asgi(cls, app: Callable[..., Any], *, profile: str | Path | None = None, **words: Any) -> Self:
        """An ASGI app that stays in the test process: FastAPI, Starlette, Litestar, Django. uvicorn serves it."""
        return cls._of("asgi", app, profile, words)

    @classmethod
    def run(cls, command: str, *, profile: str | Path | None = None, **words: Any) -> Self:
        """A command that serves, in which {port} stands for its port. Started in a sandbox, once for all tests."""
        return cls._of("run", command, profile, words)

    @classmethod
    def url(cls, url: str, *, profile: str | Path | None = None, **words: Any) -> Self:
        """A server that runs already, on this machine or in its private network: pytest-django's `live_server.url`."""
        return cls._of("url", url, profile, words)

    @classmethod
    def compose(
        cls, file: str | Path, *, service: str, port: int, profile: str | Path | None = None, **words: Any
    ) -> Self:
        """A service of a Compose file."""
        return cls._of("compose", {"file": str(file), "service": service, "port": port}, profile, words)

    @classmethod
    def image(cls, name: str, *, port: int | None = None, profile: str | Path | None = None, **words: Any) -> Self:
        """A container image. `port`: where it listens, where it exposes several or none."""
        return cls._of("image", {"name": name, "port": port} if port else name, profile, words)

    @classmethod
    def of(cls, profile: str | Path, **words: Any) -> Self:
        """What a profile names: the same as `cookielab check` checks."""
        return cls._of("profile", None, profile, words)

    @classmethod
    def _of(cls, kind: Kind, what: Any, profile: str | Path | None, words: dict[str, Any]) -> Self:
        caller = sys._getframe(2)
        reset = words.pop("reset") if callable(words.get("reset")) else None
        place = f"{_short(caller.f_code.co_filename)}:{caller.f_lineno}"
        file = None if profile is None else Path(profile)
        return cls(kind=kind, what=what, profile=file, words=words, reset=reset, place=place)


def _short(name: str) -> str:
    """A path as seen from here, where it lies below."""
    path = Path(name)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name
