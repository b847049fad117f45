"""YAML with line numbers: each value of a file is found again by its path, for messages that lead to the line.

Strict where YAML is generous: a key twice is a mistake, an alias may not make a small file large, and a scalar that
looks like a number keeps its spelling, because the password 0123 is not 83.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ..errors import UsageError

type Place = tuple[str | int, ...]

LARGEST = 1_000_000
"""Bytes that a profile may have."""
MOST = 20_000
"""Values that it may have once its aliases are expanded."""
DEEPEST = 50
_TAGS = frozenset("map seq str null bool int float timestamp merge value".split())
_VARIABLE = re.compile(r"\$(?:(\$)|\{([^}]*)\})")


@dataclass(frozen=True, slots=True)
class Spelt:
    """A plain scalar that YAML takes for a number, a truth value or a date, and how it was spelt."""

    value: Any
    text: str


@dataclass(slots=True)
class Source:
    """Where the values of a profile come from. `name`: what stands where there is no file."""

    name: str
    places: dict[Place, tuple[str, int]] = field(default_factory=dict)

    def where(self, place: Place) -> str:
        """`file:line` of a value, or of what it stands in; the name alone where there are no lines."""
        for end in range(len(place), -1, -1):
            if found := self.places.get(place[:end]):
                return f"{found[0]}:{found[1]}"
        return self.name

    def fail(self, place: Place, problem: str) -> NoReturn:
        """Raises UsageError: where, at which key, what is wrong and what to do."""
        at = spoken(place)
        raise UsageError(f"{self.where(place)}: {at + ': ' if at else ''}{problem}")


def spoken(place: Place) -> str:
    """A path as people write it: `login.form`, `login[0].post`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(path: Path, environ: Mapping[str, str], source: Source) -> Any:
    """The value of a YAML file, its `${VAR}` replaced, and in `source` the line of each value. UsageError for mistakes."""
    try:
        text = text_of(path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}; name the profile's file") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return _Builder(str(path), environ, source).build(node, ()) if node else {}
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageError(
            f"{path}:{line}: holds a character that YAML forbids; write it as an escape in quotes"
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(f"{path}:{line}: is no valid YAML: {_told(error)}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested more than {DEEPEST} deep; a profile is flat") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"{path}: is no valid YAML: {error}") from None


def text_of(path: Path) -> str:
    """All that stands in a file; of anything else that has a name, such as a pipe or a device, nothing is read."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UsageError(f"{path}: is no ordinary file; name one")
        written = file.read(LARGEST + 1)
    if len(written) > LARGEST:
        raise UsageError(f"{path}: has more than {LARGEST} bytes; what is meant is shorter")
    return written.decode("utf-8-sig").replace("\r\n", "\n")


def _told(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "'\\t'" in error.problem:
        return "a tab cannot start a value or a line; use spaces"
    if error.problem and error.problem.endswith(("but got '?'", "but got ':'")):
        return f"{error.problem}; put a value with ? or : in it in quotes"
    return ", ".join(part for part in (error.context, error.problem) if part)


class _Builder:
    """Turns the nodes of one file into values."""

    def __init__(self, file: str, environ: Mapping[str, str], source: Source) -> None:
        self.file, self.environ, self.source, self.count = file, environ, source, 0
        self.scalars = yaml.SafeLoader("")

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.source.places[place] = (self.file, node.start_mark.line + 1)
        self.count += 1
        if self.count > MOST:
            self.source.fail(place, f"aliases make more than {MOST} values of this file; write out what is meant")
        if len(place) > DEEPEST:
            self.source.fail(place[:3], f"is nested more than {DEEPEST} deep; a profile is flat")
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self.source.fail(place, f"the tag {node.tag} means nothing here; remove it")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        return self.scalar(node, place)

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = (self.file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode):
                self.source.places[(*place, "?")] = line
                self.source.fail((*place, "?"), "a key must be a word")
            inner = (*place, key.value)
            if key.value in found:
                first = self.source.places[inner][1]
                self.source.places[inner] = line
                self.source.fail(inner, f"stands here twice, first in line {first}; keep one of them")
            found[key.value] = self.build(value, inner)
            self.source.places[inner] = line
        return found

    def scalar(self, node: yaml.Node, place: Place) -> Any:
        text = str(node.value)
        expanded = self.expand(text, place)
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        if expanded != text or not plain or node.tag == "tag:yaml.org,2002:str":
            return expanded
        if node.tag == "tag:yaml.org,2002:null":
            return None
        try:
            value = self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            return text
        return Spelt(value, text) if isinstance(value, bool | int | float) else text

    def expand(self, text: str, place: Place) -> str:
        def replaced(match: re.Match[str]) -> str:
            if match[1]:
                return "$"
            if match[2] not in self.environ:
                self.source.fail(place, f"the environment has no {match[2]!r}; set it, or write $$ for a dollar")
            return self.environ[match[2]]

        return _VARIABLE.sub(replaced, text)
