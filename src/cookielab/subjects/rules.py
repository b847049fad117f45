"""What the values of a profile must be beyond their type: one way to log in, a regex with a group, variables that exist.

All of it is found when the profile is read, with the line, not in the middle of a run.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import regex
from msgspec import UNSET
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from . import templates
from .effects import basic_problem, check_effects, header_problem, json_problem
from .extract import css_parts, path_parts
from .fitting import nearest, shown
from .lines import Place, Source, spoken
from .profile import (
    LOGINS,
    METHODS,
    Csrf,
    Extract,
    Form,
    JsonLogin,
    Limits,
    Login,
    Look,
    Ready,
    Step,
    Token,
    Words,
    Written,
)

GIVEN = ("name", "username", "password", "marker", "canary", "new_password", "port", "token", "remember")
"""The variables that are always there."""
SOURCES = ("css", "json", "field", "meta", "header", "cookie", "status", "url", "text")
KINDS = ("run", "url", "compose", "image")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?:(\d{1,5})|\{port\}))?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
MOST = 10**12
"""More than any limit means."""


def check(profile: Written, source: Source) -> None:
    """Raises UsageError for the first thing in a profile that cannot work."""
    _whole(profile, source)
    for place, words in parts(profile, ()):
        if problem := _problem(words) or _headers(words):
            key, text = problem
            source.fail((*place, key) if key else place, text)
    _variables(profile, source)


def parts(value: Any, place: Place) -> Iterator[tuple[Place, Words]]:
    """Every record of a profile, with its place in the file."""
    if isinstance(value, Words):
        yield place, value
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name), (*place, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from parts(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from parts(item, (*place, index))


def _whole(profile: Written, source: Source) -> None:
    kinds = [name for name in KINDS if getattr(profile, name)]
    if kinds == ["run", "image"]:
        kinds = ["run"]  # the command runs in the image
    if len(kinds) > 1:
        source.fail(
            (kinds[1],), f"the subject is one of {', '.join(KINDS)}; '{kinds[0]}' stands here too, keep one of them"
        )
    if profile.url and not _is_url(profile.url):
        source.fail(("url",), f"must be like http://127.0.0.1:8000, is {shown(profile.url)}")
    if profile.host is not None and not _is_host(profile.host):
        source.fail(("host",), f"must be like server.example:{{port}}, is {shown(profile.host)}")
    if profile.base and (not profile.base.startswith("/") or any(letter in profile.base for letter in "?#")):
        source.fail(("base",), f"must be a path that begins with /, is {profile.base!r}")
    for key in ("me", "visit", "logout", "login", "ready"):
        value = getattr(profile, key)
        if isinstance(value, str) and (text := _target(value)):
            source.fail((key,), text)
    if profile.note:
        read = profile.note.read
        if isinstance(read, str) and (text := _target(read)):
            source.fail(("note", "read"), text)
    if isinstance(profile.users, dict):
        _users(profile.users, source)
    check_effects(profile, source)


def _is_host(text: str) -> bool:
    match = _HOST.fullmatch(text)
    return match is not None and int(match[1] or 1) in range(1, 65536)


def _is_url(text: str) -> bool:
    """Whether it says scheme, host and perhaps a port; a URL that cannot be taken apart is none."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _users(users: dict[str, dict[str, str]], source: Source) -> None:
    owners: dict[str, str] = {}
    for name, user in users.items():
        marker = user.get("marker", user.get("username", name))
        if not marker:
            source.fail(("users", name), "the marker is empty; it is the text by which a page shows who one is")
        if marker in owners:
            source.fail(
                ("users", name), f"has the same marker as {owners[marker]}, {marker!r}; give each one of their own"
            )
        owners[marker] = name


def _problem(words: Words) -> tuple[str, str] | None:
    """The key and what is wrong with it, or None."""
    match words:
        case Look():
            return _extract(words.extractor or Extract(), needed=False) or _step(words)
        case Step():
            return _step(words)
        case Extract():
            return _extract(words, needed=True)
        case Login():
            return _login(words)
        case Form() if words.page is not None and (text := _target(words.page)):
            return "page", text
        case Form() if words.css is not None:
            return _css(words.css)
        case JsonLogin() if text := _target(words.post):
            return "post", text
        case Token() if ":" not in words.send or "{token}" not in words.send:
            return "send", f"must be like 'Authorization: Bearer {{token}}', is {words.send!r}"
        case Csrf():
            return _csrf(words)
        case Ready() if words.path is not None and (text := _target(words.path)):
            return "path", text
        case Ready() if not 0 < words.seconds <= MOST:
            return "seconds", f"must be more than 0 and at most {MOST}, is {shown(words.seconds)}"
        case Limits():
            return _limits(words)
    return None


def _headers(words: Words) -> tuple[str, str] | None:
    for name, value in (getattr(words, "headers", None) or {}).items():
        if not _HEADER.fullmatch(name) or any(letter in value for letter in "\r\n\0"):
            return "headers", f"{shown(f'{name}: {value}')} is no header: a name, and a value on one line"
        if problem := header_problem(name):
            return "headers", f"{name}: {problem}"
    return None


def _limits(limits: Limits) -> tuple[str, str] | None:
    for name in limits.__struct_fields__:
        value = getattr(limits, name)
        if value is not None and not 0 < value <= MOST:
            return name, f"must be more than 0 and at most {MOST}, is {shown(value)}"
    return None


def _login(login: Login) -> tuple[str, str] | None:
    ways = [name for name in LOGINS if getattr(login, name)]
    if len(ways) != 1:
        which = f"'{ways[0]}' and '{ways[1]}' are two" if ways else "there is none"
        return (ways[1] if ways else "", f"a login is one of {', '.join(LOGINS)}; {which}")
    if problem := basic_problem(login):
        return "basic", problem
    return ("form", text) if isinstance(login.form, str) and (text := _target(login.form)) else None


def _step(step: Step) -> tuple[str, str] | None:
    ways = [name for name in ("form", *METHODS) if getattr(step, name) is not None]
    if len(ways) != 1:
        which = f"'{ways[0]}' and '{ways[1]}' are two" if ways else "there is none"
        return (ways[1] if ways else "", f"a step is one of form, {', '.join(METHODS)}; {which}")
    target = getattr(step, ways[0])
    if isinstance(target, str) and (text := _target(target)):
        return ways[0], text
    bodies = [name for name in ("fields", "text_body") if getattr(step, name) is not None]
    if step.json is not UNSET:
        bodies.insert(0, "json")
    if len(bodies) > 1:
        return bodies[1], f"a request has one body; '{bodies[0]}' stands here too, keep one of them"
    if step.get is not None and bodies == ["json"] and not (isinstance(step, Look) and isinstance(step.json, str)):
        return "json", json_problem(step)
    return ("basic", problem) if (problem := basic_problem(step)) else None


def _extract(extract: Extract, *, needed: bool) -> tuple[str, str] | None:
    used = [name for name in SOURCES if getattr(extract, name)]
    if len(used) > 1:
        return used[1], f"a value is read from one place; '{used[0]}' stands here too, keep one of them"
    if needed and not used and extract.regex is None:
        return "", f"says nothing to read; it is one of regex, {', '.join(SOURCES)}"
    if extract.attr is not None and extract.css is None:
        return "attr", "belongs to css, and there is none"
    if extract.css is not None and (problem := _css(extract.css)):
        return problem
    if extract.json is not None and path_parts(extract.json) is None:
        return "json", f"must be a path like user.emails[0], is {extract.json!r}"
    return _regex(extract.regex) if extract.regex is not None else None


def _regex(pattern: str) -> tuple[str, str] | None:
    try:
        groups = regex.compile(pattern).groups
    except (regex.error, RecursionError, ValueError, OverflowError) as error:
        return "regex", f"is no regular expression: {error}"
    if groups != 1:
        has = "has no group" if groups == 0 else f"has {groups} groups"
        return "regex", f"{has}; put brackets round the part that is meant, and (?:…) round others: {pattern!r}"
    return None


def _css(selector: str) -> tuple[str, str] | None:
    try:
        LexborHTMLParser("<p>").css(css_parts(selector)[0])
    except (SelectolaxError, ValueError):
        return "css", f"is no CSS selector: {selector!r}"
    return None


def _csrf(csrf: Csrf) -> tuple[str, str] | None:
    sources = [name for name in ("cookie", "meta", "json", "regex") if getattr(csrf, name)]
    if len(sources) > 1:
        return sources[1], f"a value is read from one place; '{sources[0]}' stands here too, keep one of them"
    if not sources and not csrf.field:
        return "", "says not where the value stands: cookie, meta, json, regex, or a form's field"
    if not csrf.header and not csrf.field:
        return "", "says not what carries the value back: header or field"
    if csrf.regex and (problem := _regex(csrf.regex)):
        return problem
    return ("get", text) if (text := _target(csrf.get)) else None


def _target(target: str) -> str | None:
    if target.startswith(("/", "{")):
        return None
    return f"must be a path that begins with /, is {target!r}"


def _variables(profile: Written, source: Source) -> None:
    """Each `{name}` is a variable of every user, or extracted by an earlier step of its verb."""
    extracted = [
        (*_step_of(place), name)
        for place, words in parts(profile, ())
        if isinstance(words, Step)
        for name in words.extract
    ]
    users = profile.users if isinstance(profile.users, dict) else {}
    known = {*GIVEN, *(name for user in users.values() for name in user)}
    for place, name in _wanted(profile):
        verb, number = _step_of(place)
        if name in GIVEN or (name in known and all(name in own for own in users.values())):
            continue
        if any(of == verb and at < number and found == name for of, at, found in extracted):
            continue
        if name in known:
            user = next(user for user, own in users.items() if name not in own)
            source.fail(("users", user), f"lacks '{name}', which {spoken(verb)} uses")
        if any(found == name for _, _, found in extracted):
            source.fail(place, f"{{{name}}} is extracted by no earlier step of {spoken(verb)}; add such a step before")
        source.fail(place, f"there is no variable {{{name}}}; {nearest(name, sorted(known))}")
    wants = {name for place, name in _wanted(profile) if place[0] == "login"}
    login = profile.login
    by_form = isinstance(login, str) or (isinstance(login, Login) and login.form is not None)
    if by_form or "password" in wants or (isinstance(login, Login) and login.basic is True):
        for user, own in users.items():
            if "password" not in own:
                source.fail(("users", user), "lacks 'password', which login uses")


def _step_of(place: Place) -> tuple[Place, int]:
    """The verb that a place belongs to, and the number of its step."""
    verb = place[:2] if place[0] == "note" else place[:1]
    number = place[len(verb)] if len(place) > len(verb) else 0
    return verb, number if isinstance(number, int) else 0


def _wanted(profile: Written) -> Iterator[tuple[Place, str]]:
    """Every variable that a verb wants, with its place."""
    for key in ("create", "visit", "me", "login", "logout", "change_password", "note", "headers", "host"):
        yield from _names(getattr(profile, key), (key,))


def _names(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        if place[-1] not in ("regex", "css", "wfc"):
            yield from ((place, name) for name in templates.names(value))
    elif isinstance(value, Words):
        for name in value.__struct_fields__:
            yield from _names(getattr(value, name), (*place, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _names(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _names(item, (*place, index))
