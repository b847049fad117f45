"""A session as a mapping: what libraries and people expect of `request.session["x"]`.

A list or dict that was handed out is looked at again when the reply begins: what has been changed in it since is
written, value by value. So a nested change is never lost, and never takes another request's changes of other values
with it.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from threading import Lock
from typing import Any

from ..basics.values import Json, decoded, encoded
from .lifetime import NAME

type Texts = dict[str, str | None]
"""Names and the JSON texts to store; None removes."""

GONE: Any = object()
_making = Lock()
_MUTABLE = (list, dict)
NULL = "null"
"""What a mapping stores for None; a `write` of None removes."""


class Values(MutableMapping[str, Any]):
    """The values of a session, of which `_values` are the texts as they are stored."""

    __slots__ = ("_handed", "_values")
    _values: Mapping[str, str]
    _handed: dict[str, tuple[Any, str | None]] | None
    """What was given out, or set and is not stored yet, each with the text that is stored."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def _use(self) -> None:
        raise NotImplementedError

    def _set(self, name: str, text: str | None, value: Any) -> None:
        """Keep for `changes`; the face for threads stores it at once."""
        self._use()
        self._hand_out(name, value, self._values.get(name))

    def _hand_out(self, name: str, value: Any, text: str | None) -> None:
        if self._handed is None:
            with _making:  # threads of one request may come at once
                if self._handed is None:
                    self._handed = {}
        self._handed[name] = value, text

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
            self._hand_out(name, value, text)
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

    def give_up_changes(self) -> None:
        """Forget what is not stored yet."""
        self._handed = None

    def _go_on(self, handed: dict[str, tuple[Any, str | None]], stored: Texts) -> None:
        """These are stored, but for what was set or given up meanwhile. Lists and dicts may change again afterwards."""
        for name, entry in handed.items():
            if self._handed and self._handed.get(name) is entry:
                if isinstance(entry[0], _MUTABLE):
                    self._handed[name] = entry[0], stored.get(name, entry[1])
                else:
                    del self._handed[name]
        self._handed = self._handed or None

    def _read_anew(self) -> None:
        """What was handed out and is another value by now is looked at no more, but for what is still to be stored."""
        self._handed = {
            name: entry
            for name, entry in (self._handed or {}).items()
            if entry[0] is GONE or entry[1] == self._values.get(name) or entry[1] != _text(name, entry[0])
        } or None


def is_change(args: tuple[Any, ...]) -> bool:
    """Whether `update` was called as update(name, change), and not as that of a mapping."""
    return len(args) == 2 and isinstance(args[0], str) and callable(args[1])


def _text(name: str, value: Json) -> str:
    """The JSON text. In a mapping None is a value like any other; a `write` of None removes."""
    return encoded(name, value) or NULL


def texts_to_write(values: Mapping[str, Json]) -> Texts:
    """What `write_many` stores: the values as they are now, whatever becomes of them before their turn."""
    return {name: encoded(name, value) for name, value in values.items()}


def texts_to_begin_with(values: Mapping[str, Json] | None) -> dict[str, str]:
    """What a login stores, as a mapping does."""
    return {name: _text(name, value) for name, value in dict(values or {}).items()}
