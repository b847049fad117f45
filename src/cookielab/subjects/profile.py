"""The words of a profile: where a server runs, who its people are and what they do there, as frozen records.

They are what stands in `cookielab.yaml`, short forms included; the schema for editors is made from them. What a value
must be beyond its type is in `rules.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import UNSET, field

type Texts = dict[str, str]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all parts of a profile are: fixed once read, and no other keys than these."""


class Extract(Words, frozen=True):
    """Where a value stands in a reply: exactly one source, and perhaps a regex that takes a part of it."""

    css: str | None = None
    attr: str | None = None
    json: str | None = None
    regex: str | None = None
    field: str | None = None
    meta: str | None = None
    header: str | None = None
    cookie: str | None = None
    status: bool = False
    url: bool = False
    text: str | None = None


class Expect(Words, frozen=True):
    """What the last reply of a step must be."""

    status: int | list[int] | None = None
    text: str | None = None
    url: str | None = None


class Csrf(Words, frozen=True):
    """A value that the server gives out on one page and wants back: where it stands, and what carries it back."""

    get: str = "/"
    cookie: str | None = None
    meta: str | None = None
    json: str | None = None
    regex: str | None = None
    field: str | None = None
    header: str | None = None


class Token(Words, frozen=True, kw_only=True):
    """A token in the reply to a login, sent as a header from then on."""

    at: str | Extract
    send: str = "Authorization: Bearer {token}"


class Form(Words, frozen=True):
    """A page with a form; which one of its forms, what goes into its fields, which button is pressed."""

    page: str | None = None
    css: str | None = None
    id: str | None = None
    action: str | None = None
    button: str | None = None
    user: str | None = None
    password: str | None = None
    fields: Texts = field(default_factory=dict)
    extra: Texts = field(default_factory=dict)


class Step(Words, frozen=True):
    """One thing that is sent: a form, or a request by its method."""

    form: str | Form | None = None
    get: str | None = None
    post: str | None = None
    put: str | None = None
    patch: str | None = None
    delete: str | None = None
    json: Any = UNSET
    fields: Texts | None = None
    text_body: str | None = None
    headers: Texts = field(default_factory=dict)
    basic: bool | list[str] = False
    follow: bool | None = None
    csrf: Csrf | None = None
    expect: int | list[int] | Expect | None = None
    extract: dict[str, Extract] = field(default_factory=dict)
    token: Token | None = None

    @property
    def method(self) -> str | None:
        """The method by whose name the step goes, None for a form."""
        return next((name for name in METHODS if getattr(self, name) is not None), None)


METHODS = ("get", "post", "put", "patch", "delete")


class Anonymous(Words, frozen=True):
    """How a reply to nobody looks, where it cannot be told from a status or a login page."""

    status: int | list[int] | None = None
    value: str | list[str] | None = None
    text: str | None = None
    url: str | None = None


class Look(Step, frozen=True):
    """A step that reads something off the reply. `json` beside `get` is what to read; beside a body it is the body."""

    css: str | None = None
    attr: str | None = None
    regex: str | None = None
    field: str | None = None
    meta: str | None = None
    header: str | None = None
    cookie: str | None = None
    status: bool = False
    url: bool = False
    text: str | None = None
    see: Extract | None = None
    anonymous: str | Anonymous | None = None

    @property
    def extractor(self) -> Extract | None:
        """What is read off the reply, None where nothing is said of it."""
        if self.see is not None:
            return self.see
        own = {name: getattr(self, name) for name in Extract.__struct_fields__ if name != "json"}
        path = self.json if self.method == "get" and isinstance(self.json, str) else None
        found = Extract(json=path, **own)
        return None if found == Extract() else found


class JsonLogin(Words, frozen=True, kw_only=True):
    """A login as JSON: where it is posted, its body, and how it guards itself."""

    post: str
    body: Any
    headers: Texts = field(default_factory=dict)
    csrf: Csrf | None = None
    token: Token | None = None
    expect: int | list[int] | Expect | None = None
    follow: bool = False


class Login(Words, frozen=True):
    """How people log in: one of these ways."""

    form: str | Form | None = None
    json: JsonLogin | None = None
    basic: bool | list[str] = False
    headers: Texts | None = None
    state: str | None = None
    browser: str | None = None
    command: str | None = None
    python: str | None = None
    wfc: str | None = None
    expect: int | list[int] | Expect | None = None


LOGINS = ("form", "json", "basic", "headers", "state", "browser", "command", "python", "wfc")


class Note(Words, frozen=True):
    """How a private value is stored (`{canary}` is the value), and how it is read back.

    `shared`: it is not private after all: everybody is meant to see it, as in a list of all users' posts.
    """

    write: Step | list[Step] | None = None
    read: str | Look | list[Look] | None = None
    shared: bool = False


class Ready(Words, frozen=True):
    """When the subject is ready: this path answers, within so many seconds."""

    path: str | None = None
    seconds: float = 60.0


class Limits(Words, frozen=True):
    """What the subject bears, and what of a reply is read."""

    login_attempts: int | None = None
    requests_per_second: float | None = None
    reply_bytes: int = 10_000_000
    reply_seconds: float = 10.0
    logins_at_once: int | None = None


class Compose(Words, frozen=True, kw_only=True):
    """A service of the user's Compose file."""

    file: str = "compose.yaml"
    service: str
    port: int


class Image(Words, frozen=True, kw_only=True):
    """A container image. `port`: where it listens, the one that it exposes where nothing is said."""

    name: str
    port: int | None = None
    environment: Texts = field(default_factory=dict)


class Written(Words, frozen=True):
    """All that may stand in the file."""

    preset: str | None = None
    run: str | None = None
    url: str | None = None
    compose: Compose | None = None
    image: str | Image | None = None
    ready: str | Ready | None = None
    setup: str | None = None
    create: Step | list[Step] | None = None
    reset: str | None = None
    reach: list[str] = field(default_factory=list)
    host: str | None = None
    tls: bool = False
    ca: str | None = None
    verify: bool = True
    headers: Texts = field(default_factory=dict)
    base: str = ""
    users: Literal["any"] | dict[str, Texts] = field(default_factory=dict)
    login: str | Login | list[Step] | None = None
    me: str | Look | list[Look] | None = None
    note: Note | None = None
    logout: str | Step | list[Step] | None = None
    change_password: Step | list[Step] | None = None
    visit: str | Step | list[Step] = "/"
    limits: Limits = Limits()
    skip: Texts = field(default_factory=dict)
    survives: list[Literal["restart", "password", "neighbour", "lost-reply"]] | None = None
    client: Literal["h11", "requests"] = "h11"
    session_cookies: list[str] | None = None
    parses_cookies: bool = False
    shared_cache: bool = False
    password: str = ""
    says: dict[Literal["identity", "known", "user", "seen_from", "visits", "note"], Extract] = field(
        default_factory=dict
    )


ANYBODY = ("alice", "bob", "carol", "dave", "mallory")
"""Who the people are where the server takes any name (`users: any`)."""


class Profile(Written, frozen=True):
    """A profile as it was read. `file` is where from, None for one that was put together from options."""

    file: Path | None = None

    @property
    def folder(self) -> Path:
        """Where relative paths of the profile start, and where its commands run."""
        return self.file.parent if self.file else Path.cwd()

    @property
    def started(self) -> bool:
        """The lab starts the server, so it can start it anew."""
        return bool(self.run or self.compose or self.image)

    @property
    def contained(self) -> bool:
        """It stands in a container, which is for the docker engine alone."""
        return bool(self.compose or self.image)

    @property
    def encrypted(self) -> bool:
        """People reach it over https."""
        return self.tls or bool(self.url and self.url.startswith("https:"))

    @property
    def names(self) -> tuple[str, ...]:
        """The users by the profile's names, in its order."""
        return ANYBODY if isinstance(self.users, str) else tuple(self.users)

    def user(self, name: str) -> Mapping[str, str]:
        """The variables of a user: name, username, password, marker and whatever the profile adds.

        Raises KeyError for a user that the profile does not have; with `users: any` each name is one.
        """
        own = {} if isinstance(self.users, str) else self.users[name]
        username = own.get("username", name)
        return MappingProxyType(
            {"name": name, "username": username, "password": self.password.replace("{name}", name), "marker": username}
            | dict(own)
        )
