"""Reads one YAML document, strictly: what a person cannot have meant is an error with its line.

YAML has ways to write little and mean a lot: an alias repeats what it names, and aliases of aliases multiply. So the
document is measured before anything is made of it.
"""

from pathlib import Path
from typing import Any

import yaml

from ..errors import UsageError

LONGEST = 1 << 20
"""Bytes of a file."""
MOST, DEEPEST = 100_000, 60
"""Values of a document with all its aliases written out, and how deep they may be nested."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What the file holds. UsageError that names the file and, where there is one, the line."""
    text = _text(path)
    try:
        _check_depth(path, text)
        loader = _LOADER(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _Measure(path).of(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is no valid YAML: {' '.join(str(error).split())}") from None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{path}: holds a value that cannot be read: {error}; put it in quotes") from None


def _check_depth(path: Path, text: str) -> None:
    """The events come one by one; to make values of a deep document would overflow the stack of the C library."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise UsageError(f"{path}: is nested more than {DEEPEST} deep; no lab needs that")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; put it back, or install the lab anew") from None
    if len(data) > LONGEST:
        raise UsageError(f"{path}: is longer than {LONGEST:,} bytes; no lab needs that")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 at byte {error.start:,}; save it as UTF-8") from None


class _Measure:
    """Counts the values of a document as if every alias were written out, each node once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def of(self, node: yaml.Node) -> int:
        """How many values; UsageError for too many, for a value within itself, for a key that stands twice."""
        known = self._sizes.get(id(node))
        if known is not None:
            return known
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise UsageError(f"{self._path}: line {line}: this value holds itself, by an alias; write it out")
        self._open.add(id(node))
        size = 1
        for part in self._parts(node):
            size += self.of(part)
            if size > MOST:
                raise UsageError(
                    f"{self._path}: line {line}: with its aliases written out this is more than {MOST:,} values; "
                    "no lab needs that"
                )
        self._open.discard(id(node))
        self._sizes[id(node)] = size
        return size

    def _parts(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if not isinstance(node, yaml.MappingNode):
            return []
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise UsageError(
                        f"{self._path}: line {line}: the key {key.value!r} stands in line {seen[key.value]} already; "
                        "remove one of them"
                    )
                seen[key.value] = line
        return [part for pair in node.value for part in pair]
