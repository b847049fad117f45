"""The profile as it grows: the words found so far, each with why it is believed, and the profile that they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from .. import reading
from ..profile import Profile, Words, Written

SURE, LIKELY = "sure", "likely"
"""Played and proven; seen, and not proven."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One line of the profile that was found out. `why`: what was seen; `sure`: how far it is to be believed."""

    key: str
    value: Any
    why: str
    sure: str = SURE

    @property
    def line(self) -> str:
        """The words of the guess and what it rests on, for one line of a terminal."""
        return f"{self.why} ({self.sure})"


@dataclass(slots=True)
class Draft:
    """`given`: what the user has said, which is never changed. `guesses`: by key. `missing`: key, reason, line to fill in."""

    given: dict[str, Any]
    file: Path | None = None
    guesses: dict[str, Guess] = field(default_factory=dict)
    missing: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def has(self, key: str) -> bool:
        """Whether the user or a guess says this."""
        return key in self.given or key in self.guesses

    def take(self, key: str, value: Any, why: str, sure: str = SURE) -> None:
        self.guesses[key] = Guess(key, value, why, sure)

    def lack(self, key: str, why: str, line: str) -> None:
        """It was looked for and not found: why, and the line that would say it."""
        self.missing[key] = (why, line)

    @property
    def written(self) -> dict[str, Any]:
        """All words so far."""
        return {key: guess.value for key, guess in self.guesses.items()} | self.given

    def profile(self, **other: Any) -> Profile:
        """What the words so far make, with others in their place. UsageError where they do not fit."""
        return reading.made(
            {key: value for key, value in (self.written | other).items() if value is not None}, self.file
        )

    def user(self, name: str) -> dict[str, str]:
        """The variables of a user, as a flow wants them."""
        return dict(self.profile().user(name))

    @property
    def names(self) -> tuple[str, ...]:
        """The first two users, by the profile's names."""
        users = self.written.get("users")
        return tuple(users)[:2] if isinstance(users, Mapping) else ()


def words_of(value: Any) -> Any:
    """The words of a record, as they would stand in a file: what says nothing is left out."""
    if isinstance(value, Words):
        blank = {each.name: each for each in msgspec.structs.fields(type(value))}
        return {
            name: words_of(item)
            for name in value.__struct_fields__
            if not (name == "file" and isinstance(value, Profile))
            and (item := getattr(value, name)) is not UNSET
            and not _said_by_default(blank[name], item)
        }
    if isinstance(value, Mapping):
        return {key: words_of(item) for key, item in value.items()}
    return [words_of(item) for item in value] if isinstance(value, list) else value


def _said_by_default(of: msgspec.structs.FieldInfo, value: Any) -> bool:
    if of.default is not msgspec.NODEFAULT:
        return bool(value == of.default)
    return of.default_factory is not msgspec.NODEFAULT and bool(value == of.default_factory())


def begun(written: Written, guessed: Mapping[str, str], file: Path | None = None) -> Draft:
    """The draft of what a user has said. `guessed`: what they did not say themselves, and why it was believed."""
    given = given_by(written)
    guesses = {key: Guess(key, given.pop(key), why) for key, why in guessed.items()}
    return Draft(given, file, guesses)


def given_by(written: Written) -> dict[str, Any]:
    """What a user has said, as the words of a draft."""
    said: dict[str, Any] = words_of(written)
    return said


def literal(text: str) -> str:
    """A text of the server's as a profile says it: its braces are no variables of ours."""
    return text.replace("{", "{{").replace("}", "}}")
