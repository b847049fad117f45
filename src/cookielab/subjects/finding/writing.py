"""The profile as a file: one line for each thing that was found out, and above it what it rests on."""

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from .draft import Draft, Guess

ORDER = (
    "preset", "run", "url", "compose", "image", "ready", "setup", "create", "reset", "reach", "host", "tls", "ca", "verify",
    "headers", "base", "users", "login", "me", "note", "logout", "change_password", "visit", "limits", "skip", "survives",
)  # fmt: skip
WIDTH = 110


def text(draft: Draft, head: str) -> str:
    """The file, with comments; what was not found stands in it as a line to fill in."""
    parts = [_comment(head)]
    written = draft.written
    for key in (*ORDER, *(key for key in written if key not in ORDER)):
        if key in draft.missing and key not in written:
            why, line = draft.missing[key]
            parts.append(_comment(f"TODO {why} Fill in:") + "".join(f"# {each}\n" for each in line.splitlines()))
        if key in written:
            guess = draft.guesses.get(key)
            said = _comment(guess.line) if guess and key not in draft.given else ""
            parts.append(said + lines(key, written[key]))
    parts += [_comment(note) for note in draft.notes]
    return "\n".join(parts)


def lines(key: str, value: Any) -> str:
    """A key of the profile and its value, in YAML: in one line, or one for each entry where it would be long."""
    short = _flow({key: value})[1:-1]
    if len(short) <= WIDTH and key != "users":
        return f"{short}\n"
    if isinstance(value, dict):
        return f"{key}:\n" + "".join(f"  {_flow({name: item})[1:-1]}\n" for name, item in value.items())
    if isinstance(value, list):
        return f"{key}:\n" + "".join(f"  - {_flow(item)}\n" for item in value)
    return f"{short}\n"


def _flow(value: Any) -> str:
    """YAML in one line. A dollar of a value is one: `${…}` would be taken for a variable of the environment."""
    dumped: str = yaml.dump(
        _dollars(value),
        Dumper=_Dumper,
        default_flow_style=True,
        allow_unicode=True,
        sort_keys=False,
        width=float("inf"),
    )
    return dumped.removesuffix("\n").removesuffix("...").strip()


class _Dumper(yaml.SafeDumper):
    """Quotes what a reader may take for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = dumper.represent_str(value)
    if any(letter in value for letter in "{}[],#'\"&*!|>%@`:") and not value.startswith("/"):
        plain.style = "'" if ('"' in value or "\\" in value) and value.isprintable() else '"'
    return plain


_Dumper.add_representer(str, _text)


def _dollars(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _dollars(item) for key, item in value.items()}
    return [_dollars(item) for item in value] if isinstance(value, list) else value


def clean(words: str, most: int = 400) -> str:
    """Words of a stranger's in a comment: one line of printable ones."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:most]


def _comment(words: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(clean(words), WIDTH)) if words else ""


def told(draft: Draft) -> Iterator[str]:
    """One line for each guess: the words of the profile and what they rest on."""
    for guess in ordered(draft):
        if guess.key not in draft.given:
            yield f"{clean(_flow({guess.key: guess.value})[1:-1], 200)}   # {clean(guess.line)}"


def remarks(draft: Draft) -> list[str]:
    """What was seen that no line of the profile says."""
    return [clean(note) for note in draft.notes]


def ordered(draft: Draft) -> list[Guess]:
    """The guesses in the order of the file."""
    return sorted(draft.guesses.values(), key=lambda guess: ORDER.index(guess.key) if guess.key in ORDER else 99)
