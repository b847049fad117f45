"""Values of a Flask session as JSON: what flask's own session can hold, and it comes back as it was.

Flask's serializer does the work; it would cut dates to seconds and put them into UTC, and make texts of decimals.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask.json.tag import JSONTag, TaggedJSONSerializer

from ..basics.values import Json


class _DateTime(JSONTag):
    __slots__ = ()
    key = " d"

    def check(self, value: Any) -> bool:
        return isinstance(value, datetime)

    def to_json(self, value: Any) -> str:
        return str(value.isoformat())

    def to_python(self, value: Any) -> datetime:
        return datetime.fromisoformat(value)


class _Date(_DateTime):
    __slots__ = ()
    key = " a"

    def check(self, value: Any) -> bool:
        return isinstance(value, date)

    def to_python(self, value: Any) -> date:  # type: ignore[override]
        return date.fromisoformat(value)


class _Decimal(JSONTag):
    __slots__ = ()
    key = " n"

    def check(self, value: Any) -> bool:
        return isinstance(value, Decimal)

    def to_json(self, value: Any) -> str:
        return str(value)

    def to_python(self, value: Any) -> Decimal:
        return Decimal(value)


class _Tags(TaggedJSONSerializer):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self.register(_DateTime, force=True, index=0)  # a date with a time is a date, too: it is looked for first
        self.register(_Date, index=1)
        self.register(_Decimal, index=2)

    def plain(self, value: Any) -> Any:
        """What `tag` was given."""
        if isinstance(value, dict):
            return self.untag({name: self.plain(each) for name, each in value.items()})
        return [self.plain(each) for each in value] if isinstance(value, list) else value


_TAGS = _Tags()


def tagged(value: Any) -> Json:
    """The value as JSON: tuples, dates, UUIDs, decimals, bytes and Markup are written as a dict that tells their type."""
    told: Json = _TAGS.tag(value)
    return told


def untagged(value: Json) -> Any:
    """The value again."""
    return _TAGS.plain(value)
