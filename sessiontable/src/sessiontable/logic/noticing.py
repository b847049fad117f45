"""What `update(name, change)` makes of a value, and whether `change` has lost it by mistake.

`lambda basket: basket.append(item)` returns None, which would remove the basket. So would `basket.sort()` where it is
sorted already, and `coupons.pop(code, None)` where there is none: nothing has changed, and still the value was meant to
stay. A change that only returns None removes it.
"""

from collections.abc import Callable
from typing import Any

from ..errors import SessionError


def _noticing(kind: Any, *names: str) -> Any:  # pragma: no mutate block, as it is called before a mutant is chosen
    """The type, with a mark that one of these methods was called."""

    def marking(method: Any) -> Any:
        def marked(self: Any, *args: Any, **named: Any) -> Any:
            self.touched = True
            return method(self, *args, **named)

        return marked

    methods = {name: marking(getattr(kind, name)) for name in (*names, "clear", "pop", "__setitem__", "__delitem__")}
    return type(kind.__name__, (kind,), {"touched": False, **methods})


_NOTICING: dict[type, Any] = {
    list: _noticing(list, "append", "extend", "insert", "remove", "reverse", "sort", "__iadd__", "__imul__"),
    dict: _noticing(dict, "popitem", "setdefault", "update", "__ior__"),
}


def _watched(value: Any, seen: list[Any]) -> Any:
    """The same value, in which each list and dict notices what is done to it; all of them are put into `seen`."""
    kind = type(value)
    if kind not in _NOTICING:
        return value
    each = [_watched(item, seen) for item in (value.values() if kind is dict else value)]
    seen.append(_NOTICING[kind](zip(value, each, strict=True) if kind is dict else each))
    return seen[-1]


def _plain(value: Any) -> Any:
    """The value with lists and dicts as they were."""
    kind = type(value)
    if kind in (dict, _NOTICING[dict]):
        return {name: _plain(item) for name, item in value.items()}
    if kind in (list, _NOTICING[list]):
        return [_plain(item) for item in value]
    return tuple(map(_plain, value)) if kind is tuple else value


def result_of(name: str, change: Callable[[Any], Any], given: Any, is_same: Callable[[Any], bool]) -> Any:
    """What the change returns. Raises SessionError where it has worked on what it was given, and returned nothing.

    `is_same`: whether a value still is what is stored.
    """
    seen: list[Any] = []
    noticed = _watched(given, seen)
    value = change(noticed)
    if value is None and given is not None and (any(each.touched for each in seen) or not is_same(noticed)):
        raise SessionError(
            f"the change of session value {name!r} changed what it was given and returned None, which would remove the "
            "value: return the new one, as lambda basket: [*basket, item]"
        )
    try:
        return _plain(value) if seen else value
    except RecursionError:  # whoever makes a text of it says so
        return value
