"""A session as a mapping: what libraries and people expect of `request.session["x"]`.

A list or dict that was handed out is looked at again when the reply begins: what has been changed in it since is
written, value by value. So a nested change is never lost, and never takes another request's changes of other values
with it.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .lifetime import NAME
from .store import NO_VALUES
from .values import Json, decoded, encoded

type Texts = dict[str, str | None]
"""Names and the JSON texts to store; None removes."""

GONE: Any = object()
_MUTABLE = (list, dict)
NULL = "null"
"""What a mapping stores for None; a `write` of None removes."""


class Values(MutableMapping[str, Any]):
    """The values of a session, of which `_values` are the texts as they are stored."""

    _values: Mapping[str, str] = NO_VALUES
    _handed: dict[str, tuple[Any, str | None]] | None = None
    """What was given out, or set and is not stored yet, each with the text that is stored."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def _use(self) -> None:
        raise NotImplementedError

    def _set(self, name: str, text: str | None, value: Any) -> None:
        """Keep for `changes`; the face for threads stores it at once."""
        self._use()
        if self._handed is None:
            self._handed = {}
        self._handed[name] = value, self._values.get(name)

    def __getitem__(self, name: str) -> Any:
        self._use()
        if self._handed and name in self._handed:
            value = self._handed[name][0]
            if value is GONE:
                raise KeyError(name)
            return value
        text = self._values.get(name) if name != NAME else None
        if text is None:
            raise KeyError(name)
        value = decoded(text)
        if isinstance(value, _MUTABLE):
            if self._handed is None:
                self._handed = {}
            self._handed[name] = value, text
        return value

    def __setitem__(self, name: str, value: Json) -> None:
        self._set(name, _text(name, value), value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._set(name, None, GONE)

    def __iter__(self) -> Iterator[str]:
        self._use()
        handed = self._handed or {}
        yield from [name for name in self._values if name != NAME and handed.get(name, ("",))[0] is not GONE]
        yield from [name for name in handed if name not in self._values and handed[name][0] is not GONE]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        self._use()
        if self._handed and name in self._handed:
            return self._handed[name][0] is not GONE
        return name != NAME and name in self._values

    def clear(self) -> None:
        """Logout, as it is with other libraries: the session ends, see `revoke`. What is set afterwards begins another one."""
        raise NotImplementedError

    def _fill(self, *args: Any, **named: Json) -> None:
        """`update` of a mapping."""
        for name, value in dict(*args, **named).items():
            self[name] = value

    def changes(self) -> Texts:
        """What was set, deleted, or changed inside, and is not stored yet. Raises SessionError for what is no JSON any more."""
        changed: Texts = {}
        for name, (value, before) in (self._handed or {}).items():
            text = None if value is GONE else _text(name, value)
            if text != before:
                changed[name] = text
        return changed


def is_change(args: tuple[Any, ...]) -> bool:
    """Whether `update` was called as update(name, change), and not as that of a mapping."""
    return len(args) == 2 and isinstance(args[0], str) and callable(args[1])


def _text(name: str, value: Json) -> str:
    """The JSON text. In a mapping None is a value like any other; a `write` of None removes."""
    return encoded(name, value) or NULL
