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

    def optional(self, name: str) -> str | None:
        """A string, None if the field is absent or null."""
        return None if self.null(name) or name not in self.left else self.text(name)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """One of the words, the first if the field is absent."""
        value = self.any(name, words[0])
        if value not in words:
            raise UsageFault(f"{self.step}: {name!r} must be {' or '.join(words)}, not {json.dumps(value)}")
        return str(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.any(name, default)
        if not isinstance(value, bool):
            raise UsageFault(f"{self.step}: {name!r} must be true or false, not {json.dumps(value)}")
        return value

    def inner(self, name: str) -> "Fields":
        """The fields of an object."""
        return Fields(f"{self.step}: {name!r}", self.any(name))

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Names and values in their order, from an object or a list of [name, value]; none if the field is absent."""
        value = self.any(name, [])
        if not isinstance(value, list):
            inner = Fields(f"{self.step}: {name!r}", value)
            return [(key, inner.text(key)) for key in list(inner.left)]
        for place, each in enumerate(value):
            if not (isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each)):
                wanted = "must be [name, value], two strings"
                raise UsageFault(f"{self.step}: {name!r}[{place}] {wanted}, not {json.dumps(each)}")
        return [(key, content) for key, content in value]

    def lines(self, name: str) -> list[str]:
        """A list of strings, which may be empty."""
        value = self.any(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise UsageFault(f"{self.step}: {name!r} must be a list of strings, not {json.dumps(value)}")
        return value

    def number(self, name: str, low: float, high: float, default: object = ABSENT) -> float:
        """A number from low to high."""
        value = self.any(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            limits = f"a number from {low:g} to {high:g}"
            raise UsageFault(f"{self.step}: {name!r} must be {limits}, not {json.dumps(value)}")
        return value

    def whole(self, name: str, low: int, high: int, default: object = ABSENT) -> int:
        """A whole number from low to high."""
        value = self.number(name, low, high, default)
        if value != int(value):
            raise UsageFault(f"{self.step}: {name!r} must be a whole number, not {value}")
        return int(value)

    def objects(self, name: str, *, least: int = 1) -> list["Fields"]:
        """The objects of a list with at least so many of them."""
        value = self.any(name)
        if not isinstance(value, list) or len(value) < least:
            some = " with something in it" if least else ""
            raise UsageFault(f"{self.step}: {name!r} must be a list{some}, not {json.dumps(value)}")
        return [Fields(f"{self.step}: {name!r}[{place}]", each) for place, each in enumerate(value)]

    def done(self) -> None:
        """Refuse what is left over: a misspelt field must not pass unnoticed."""
        if self.left:
            raise UsageFault(f"{self.step}: no such field: {', '.join(map(repr, self.left))}")
