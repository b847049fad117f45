"""What one reply says of who the client is. Six values, kept apart: no match may be an error, a limit or a moved page."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from . import templates
from .document import is_html
from .exchange import Incoming, Learnt, Seen
from .extract import Found, extract, parsed, said
from .profile import Anonymous, Extract, Look, Profile

NOBODY = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 410, 419, 440})
"""The statuses by which servers tell whoever has no session, where nothing on the reply says more."""
SHORT = 2
"""A marker of so few letters is in many a text by chance: it counts where it is all of a value."""
_CONTROL = re.compile(r"[^\x20-\x7e\u00a0-\u2027\u2030-\u2065\u2070-\ud7ff\ue000-\ufdff\ufe10-\ufefe\uff00-\uffef]+")
_MASKED = re.compile(r"[0-9a-fA-F]{8,}|[A-Za-z0-9_-]{20,}|\d+")


@dataclass(frozen=True, slots=True)
class Sight:
    """A sighting, the profile's name of the user that was seen, and why; `seen` for calibration to learn from."""

    sighting: str
    why: str
    user: str | None = None
    seen: Seen | None = None
    retry_after: float | None = None


def quoted(reply: Incoming) -> str:
    """Status, URL and the first 300 printable characters of a reply, for a message."""
    if reply.status is None:
        return f"{reply.method} {reply.url} got no reply ({reply.error})"
    text = " ".join(_CONTROL.sub(" ", reply.body[:2000]).split())[:300]
    return f"{reply.method} {reply.url} answered {reply.status}" + (f": {text}" if text else " with an empty body")


def limited(reply: Incoming) -> float | None:
    """Seconds that the server asks to wait, where it limits the rate; None where it does not."""
    after = reply.header("Retry-After")
    if reply.status is None or reply.status < 400 or (after is None and reply.status != 429):
        return None
    return min(float(after), 86400.0) if after and re.fullmatch(r"\d{1,9}", after.strip()) else 1.0


def sighted(
    profile: Profile, look: Look, reply: Incoming, variables: Mapping[str, str], learnt: Learnt | None = None
) -> Sight:
    """Whom the reply takes the client for, who claims to be the user `variables["name"]` (nobody, where it is absent)."""
    if reply.status is None:
        return Sight("error", quoted(reply))
    if (wait := limited(reply)) is not None:
        return Sight("not understood", f"the server limits the rate: {quoted(reply)}", retry_after=wait)
    if reply.status >= 500:
        return Sight("error", quoted(reply))
    what = look.extractor or Extract(text="{marker}")
    found = _found(profile, what, reply, variables)
    seen = _seen(reply, found.value)
    if found.users:
        return _by_users(found.users, variables.get("name"), reply, seen)
    if _declared(look.anonymous, reply, found.value) or _like(learnt, seen, found):
        return Sight("anonymous", f"{_short(reply)} looks as it does for nobody", seen=seen)
    if found.there and not (found.value or "").strip():
        return Sight("anonymous", f"{_short(reply)} names nobody", seen=seen)
    if found.there:
        return Sight("not understood", f"{found.value[:100]!r} is none of the users: {quoted(reply)}", seen=seen)
    if reply.truncated:
        return Sight("not understood", f"the reply is too long and was cut: {quoted(reply)}", seen=seen)
    if reply.status in NOBODY:
        return Sight("anonymous", f"{_short(reply)} is for nobody", seen=seen)
    if reply.status < 400 and login_page(reply):
        return Sight("anonymous", f"{_short(reply)} is a login page", seen=seen)
    return Sight("not understood", f"{found.why}: {quoted(reply)}", seen=seen)


@dataclass(frozen=True, slots=True)
class _Read:
    there: bool
    value: str
    users: tuple[str, ...]
    why: str = ""


def _found(profile: Profile, what: Extract, reply: Incoming, variables: Mapping[str, str]) -> _Read:
    moved = reply.status is not None and 300 <= reply.status < 400
    if moved and not (what.header or what.status or what.url or what.cookie):
        return _Read(False, "", (), "a redirect says nothing")
    markers = _markers(profile, variables)
    if what.text is not None:
        return _in_text(profile, what.text, said(reply), markers)
    found: Found = extract(reply, what, variables)
    value = (found.value or "").strip()
    if not found.there or not value:
        return _Read(found.there, value, (), found.why)
    users = _equal(value, markers)
    if not users and isinstance(profile.users, str):
        return _Read(True, value, (value,) if value.isprintable() else ())
    if not users and (what.css is not None or what.regex is not None):
        users = _standing(value, {name: marker for name, marker in markers.items() if len(marker) > SHORT})
    return _Read(True, value, users)


def _markers(profile: Profile, variables: Mapping[str, str]) -> dict[str, str]:
    markers = {name: profile.user(name)["marker"] for name in profile.names}
    own = variables.get("name")
    if own and "marker" in variables:
        markers[own] = variables["marker"]
    return markers


def _equal(value: str, markers: Mapping[str, str]) -> tuple[str, ...]:
    value = _read_out(value)
    exact = tuple(name for name, marker in markers.items() if _read_out(marker) == value)
    if exact:
        return exact
    return tuple(
        name for name, marker in markers.items() if "@" in marker and _read_out(marker).casefold() == value.casefold()
    )


def _read_out(text: str) -> str:
    """A text as people read it: an é in one character or two is one, and any white space is a blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _in_text(profile: Profile, template: str, text: str, markers: Mapping[str, str]) -> _Read:
    """The users for whom the text stands in the reply; a bare marker must be long enough to mean something."""
    bare = template.strip() == "{marker}"
    wanted = dict[str, str]()
    for name, marker in markers.items():
        if bare and len(marker) <= SHORT:
            return _Read(
                False, "", (), f"the marker {marker!r} is too short to be looked for in a text; add an extractor to me"
            )
        own = dict(profile.user(name)) | {"marker": marker}
        try:
            wanted[name] = templates.fill(template, own)
        except KeyError as error:
            return _Read(False, "", (), f"the user {name} has no variable {error}")
    users = _standing(text, wanted)
    return _Read(
        bool(users), ", ".join(users), users, "" if users else "none of the users' markers stands in the reply"
    )


def _standing(text: str, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """The users whose words stand in a text as whole words. Where one's words hold another's, the longer ones count."""
    found, text = list[str](), _read_out(text)
    read = {name: _read_out(words) for name, words in wanted.items()}
    for name, words in sorted(read.items(), key=lambda item: -len(item[1])):
        flags = re.IGNORECASE if "@" in words else 0
        pattern = rf"(?<![\w@+-])(?<!\w\.){re.escape(words)}(?![\w@+-]|\.\w)"
        cut = re.sub(pattern, "\0", text, flags=flags)
        if cut != text:
            found.append(name)
            text = cut
    return tuple(name for name in wanted if name in found)


def _by_users(users: tuple[str, ...], own: str | None, reply: Incoming, seen: Seen) -> Sight:
    if len(users) > 1:
        return Sight("several", f"{_short(reply)} names {' and '.join(users)}", seen=seen)
    if users[0] == own:
        return Sight("this", f"{_short(reply)} names {own}", own, seen)
    return Sight("another", f"{_short(reply)} names {users[0]}" + (f", not {own}" if own else ""), users[0], seen)


def _declared(anonymous: str | Anonymous | None, reply: Incoming, value: str) -> bool:
    if anonymous is None:
        return False
    if isinstance(anonymous, str):
        return value == anonymous.strip()
    values = [anonymous.value] if isinstance(anonymous.value, str) else anonymous.value or []
    statuses = [anonymous.status] if isinstance(anonymous.status, int) else anonymous.status or []
    return (
        value in [each.strip() for each in values if each.strip()]
        or reply.status in statuses
        or (anonymous.text is not None and anonymous.text in said(reply))
        or (anonymous.url is not None and anonymous.url in _leads_to(reply))
    )


def _like(learnt: Learnt | None, seen: Seen, found: _Read) -> bool:
    if learnt is None or learnt.anonymous is None:
        return False
    nobody = learnt.anonymous
    if found.there and found.value:
        return nobody.value == found.value and nobody.status == seen.status
    return (nobody.status, nobody.path, nobody.shape) == (seen.status, seen.path, seen.shape)


def _seen(reply: Incoming, value: str) -> Seen:
    path = urlsplit(_leads_to(reply)).path if reply.header("Location") else None
    return Seen(status=reply.status, path=path, value=value or None, shape=shape(reply))


def _leads_to(reply: Incoming) -> str:
    """The whole URL that a reply stands for: where it sends on to, else its own; empty where that is no URL."""
    try:
        url = urljoin(reply.url, reply.header("Location") or "")
        urlsplit(url)
    except ValueError:
        return ""
    return url


def shape(reply: Incoming) -> str:
    """A fingerprint of what a reply says, without its numbers and tokens, which differ from one time to the next."""
    masked = _MASKED.sub("#", said(reply))
    return hashlib.sha256(masked.encode("utf-8", "replace")).hexdigest()[:16]


def login_page(reply: Incoming) -> bool:
    """Whether a reply is a page with a password field."""
    if not is_html(reply.header("Content-Type"), reply.body):
        return False
    return any((node.attributes.get("type") or "").lower() == "password" for node in parsed(reply.body).css("input"))


def _short(reply: Incoming) -> str:
    return f"{reply.status} for {reply.method} {urlsplit(reply.url).path or '/'}"
