"""The fields of a line from the driver, taken one by one, so that a missing, misspelt or mistyped one can be named."""

import json

from clients.failures import UsageFault

ABSENT = object()


class Fields:
    """An object of a line. Every method raises UsageFault, with the step and the field named, if the line is wrong."""

    def __init__(self, step: str, content: object) -> None:
        if not isinstance(content, dict):
            raise UsageFault(f"{step}: an object is expected, not {json.dumps(content)}")
        self.step = step
        self.left: dict[str, object] = dict(content)

    def any(self, name: str, default: object = ABSENT) -> object:
        """Whatever the field holds, or the default if there is no such field."""
        value = self.left.pop(name, default)
        if value is ABSENT:
            raise UsageFault(f"{self.step}: {name!r} is missing")
        return value

    def null(self, name: str) -> bool:
        """True, and the field is taken, if it is there and holds null."""
        return name in self.left and self.left[name] is None and self.left.pop(name) is None

    def text(self, name: str) -> str:
        value = self.any(name)
        if not isinstance(value, str):
            raise UsageFault(f"{self.step}: {name!r} must be a string, not {json.dumps(value)}")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """An object of strings, empty if the field is absent."""
        inner = Fields(f"{self.step}: {name!r}", self.any(name, {}))
        return {key: inner.text(key) for key in list(inner.left)}

    def number(self, name: str, low: float, high: float, default: object = ABSENT) -> float:
        """A number from low to high."""
        value = self.any(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            limits = f"a number from {low:g} to {high:g}"
            raise UsageFault(f"{self.step}: {name!r} must be {limits}, not {json.dumps(value)}")
        return value

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from low to high."""
        value = self.number(name, low, high)
        if value != int(value):
            raise UsageFault(f"{self.step}: {name!r} must be a whole number, not {value}")
        return int(value)

    def objects(self, name: str) -> list["Fields"]:
        """The objects of a list with at least one of them."""
        value = self.any(name)
        if not isinstance(value, list) or not value:
            raise UsageFault(f"{self.step}: {name!r} must be a list with something in it, not {json.dumps(value)}")
        return [Fields(f"{self.step}: {name!r}[{place}]", each) for place, each in enumerate(value)]

    def done(self) -> None:
        """Refuse what is left over: a misspelt field must not pass unnoticed."""
        if self.left:
            raise UsageFault(f"{self.step}: no such field: {', '.join(map(repr, self.left))}")
