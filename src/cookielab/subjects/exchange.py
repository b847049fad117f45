"""What a step of a profile asks to be sent, what comes back, and what is made of it. Records alone: nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Pairs = tuple[tuple[str, str], ...]
"""Names and values in their order, where the same name may come twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request of a step. `target` is a path with its query, or a whole URL of the subject's own.

    The body is at most one of `json`, `form` (urlencoded), `multipart` (fields alone), `text`. `headers` go out as they
    stand, in this order. Cookies are the client's business, not the step's.
    """

    method: str
    target: str
    headers: Pairs = ()
    json: Any = None
    form: Pairs | None = None
    multipart: Pairs | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What came back. `status` is None where nothing did, and `error` its kind. `url` is the whole URL that was asked.

    `truncated`: the body was longer than the profile allows and stands here cut.
    """

    url: str
    method: str = "GET"
    status: int | None = None
    headers: Pairs = ()
    body: str = ""
    error: str | None = None
    truncated: bool = False
    jar: Mapping[str, str] = field(default_factory=dict)
    """The cookies that the client holds afterwards, name to value."""

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
