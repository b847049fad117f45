"""What a profile says that does nothing, or not what is meant by it: a note that is never sent, a header of the client's.

Whoever wrote it believes that it does something, so it is told when the profile is read, with its line.
"""

from urllib.parse import urlsplit

from . import templates
from .lines import Place, Source
from .profile import Login, Look, Step, Words, Written

_NOTHING = Written()
_OF_THE_CLIENT = {
    "host": "the client sends it itself; write `host:`, which says what it is",
    "content-length": "the client sends it itself, as long as the body is; drop it",
    "transfer-encoding": "the client sends it itself; drop it",
    "connection": "the client sends it itself; drop it",
}
"""Headers that a client makes from what it sends; a second one makes the request another, or none."""


_IN_ITS_CONTAINER = "is for a server at `run:` or `url:`; one at `{kind}:` stands on the lab's network itself, drop it"
_NOT_OF: dict[str, tuple[tuple[str, ...], str]] = {
    "url": (("ready", "reach"), "is for a server that the lab starts (`run:`); one at `url:` runs already, drop it"),
    "compose": (("tls", "reach"), _IN_ITS_CONTAINER),
    "image": (("tls", "reach"), _IN_ITS_CONTAINER),
}
"""What a kind of subject makes nothing of, and what to say of it."""


def check_effects(profile: Written, source: Source) -> None:
    """Raises UsageError for the first thing that has no effect, or not the one that it seems to have."""
    _of_this_kind(profile, source)
    _url(profile, source)
    _empty(profile, source)
    note = profile.note
    if note is not None and note.write is not None:
        _sends(note.write, "canary", ("note", "write"), "the value to store", source)
    if profile.change_password is not None:
        _sends(profile.change_password, "new_password", ("change_password",), "the password from then on", source)


def _of_this_kind(profile: Written, source: Source) -> None:
    """What a kind of subject makes nothing of."""
    kind = next((name for name in ("url", "compose", "image") if getattr(profile, name)), "")
    keys, why = _NOT_OF.get(kind, ((), ""))
    for key in keys:
        if getattr(profile, key):
            source.fail((key,), why.format(kind=kind))
    if profile.url and profile.tls and urlsplit(profile.url).scheme == "https":
        source.fail(
            ("tls",), f"puts a certificate before a server that speaks http, and {profile.url} does not; drop it"
        )
    if not (profile.url or "").startswith("https:"):
        for key in ("ca", "verify"):
            if getattr(profile, key) != getattr(_NOTHING, key):
                source.fail((key,), "is for a server that has a certificate itself, at `url: https://…`; drop it")
    if profile.run or profile.url or kind:
        if profile.client != _NOTHING.client:
            source.fail(("client",), f"'{profile.client}' is for the lab's own handlers; drop it")
        if profile.session_cookies is not None:
            source.fail(("session_cookies",), "they are found by dropping one at a time, and not by name; drop it")


def _url(profile: Written, source: Source) -> None:
    """A URL says where the server is. What stands behind it, or who logs in, is said elsewhere."""
    parts = urlsplit(profile.url or "")
    if "@" in parts.netloc:
        source.fail(("url",), "holds a name or a password; write them into `users:` and `login: {basic: yes}`")
    if parts.query or parts.fragment:
        source.fail(("url",), "says more than where the server is; drop what stands behind the ? or the #")
    if parts.path.strip("/"):
        source.fail(
            ("url",), f"says more than where the server is; write `base: {parts.path.rstrip('/')}` for the path"
        )


def _empty(profile: Written, source: Source) -> None:
    """A list of steps without a step."""
    note = profile.note
    verbs: dict[Place, object] = {
        (key,): getattr(profile, key) for key in ("visit", "create", "login", "me", "logout", "change_password")
    }
    verbs |= {("note", key): getattr(note, key) for key in ("write", "read") if note is not None}
    for place, steps in verbs.items():
        if steps == []:
            source.fail(place, "is a list without a step; write one, or drop the key")


def _sends(steps: Step | list[Step], name: str, place: Place, what: str, source: Source) -> None:
    listed = steps if isinstance(steps, list) else [steps]
    if not any(name in templates.names(text) for step in listed for text in _texts(step)):
        source.fail(place, f"never sends {{{name}}}, which is {what}; put it where that goes")


def _texts(words: Words) -> list[object]:
    """All values of a step and of its form that may hold variables, those of JSON bodies included."""
    values = [getattr(words, name) for name in words.__struct_fields__]
    return [text for value in values for text in (_texts(value) if isinstance(value, Words) else [value])]


def header_problem(name: str) -> str | None:
    """What is wrong with a header of this name in a profile, None where nothing is."""
    return _OF_THE_CLIENT.get(name.lower())


def basic_problem(words: Step | Login) -> str | None:
    """What is wrong with `basic`, None where nothing is."""
    return "must be yes, or a name and a password" if isinstance(words.basic, list) and len(words.basic) != 2 else None


def json_problem(step: Step) -> str:
    """What to say of JSON beside a GET."""
    if isinstance(step, Look):
        return "beside `get` it is the path of what to read, such as user.name; a body goes with post, put or patch"
    return "a GET has no body; write post, put or patch"
