"""What a step of a profile asks to be sent, what comes back, and what is made of it. Records alone: nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..judging.events import View

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What tells one reply from another: its status, where it sends, the value read off it, and its shape."""

    status: int | None = None
    path: str | None = None
    value: str | None = None
    shape: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What calibration has found out. `anonymous`: how a reply to nobody looks; `session_cookies`: None if not known.

    `login_by_me`: the reply to a wrong password is that to a right one, so `me` tells whether somebody is logged in.
    """

    anonymous: Seen | None = None
    session_cookies: tuple[str, ...] | None = None
    login_by_me: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a verb. `succeeded`: by the profile, None where it does not tell; `why`: one sentence.

    `headers` are sent with each request of this person from now on (a token). `seen` is what `Learnt.anonymous` takes,
    where the verb was `whoami`. `retry_after`: seconds that the server asks to wait, where it limits the rate.
    """

    succeeded: bool | None
    view: View | None = None
    why: str = ""
    headers: Pairs = ()
    seen: Seen | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """A login that needs no request of ours: cookies and headers that the person has from now on."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Pairs = ()
    note: str = ""
    """What was left out, in a sentence, for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """A program of the user's that logs in: started in the profile's folder, with these variables on top of the rest:
    COOKIELAB_USERNAME, COOKIELAB_PASSWORD and so on for each of the user's, COOKIELAB_USER all of them as JSON, and
    COOKIELAB_URL. The prefix is there because a user's variable may be called `path`.

    What it prints goes to `external.parse_external`. `kind` is command, python or browser; a browser is started at the
    person's host, where the subject has the address that people use.
    """

    kind: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
