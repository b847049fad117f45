"""How long one session lives, where its login asked for another time than the table's, and what else a login leaves.

It is kept among the session's values, under the one name that no value can have, so no store has to know of it.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

NAME = ""
"""Where it stands among the values."""


class Lifetime(NamedTuple):
    """Seconds, None for the table's own. `max_age` 0: the cookie ends with the browser. `device`: a text to recognise it."""

    idle: int | None = None
    absolute: int | None = None
    max_age: int | None = None
    device: str | None = None


USUAL = Lifetime()


def packed(life: Lifetime) -> str:
    """As a store keeps it."""
    return json.dumps([*life], separators=(",", ":"))


def life_of(values: Mapping[str, str]) -> Lifetime:
    """The one of a session with these values."""
    text = values.get(NAME)
    return USUAL if text is None else Lifetime(*json.loads(text))
