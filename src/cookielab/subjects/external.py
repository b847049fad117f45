"""Logins that are no requests of ours: Basic and other headers, a stored state, or a program of the user's that logs in.

`provision` says what to have or what to run, `parse_external` reads what the program printed. Nothing is run here.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from ..errors import UsageError
from . import templates
from .abilities import missing
from .exchange import External, Pairs, Provision
from .profile import Login, Profile
from .talk import basic_header

KINDS = ("basic", "headers", "state", "browser", "command", "python")
_STATE_LEFT_OUT = "localStorage of the state is left out: the lab's people have cookies alone"


def needed(profile: Profile) -> bool:
    """Whether people log in by `provision`; otherwise the verb login does it."""
    return _kind(profile) is not None


def provision(profile: Profile, user: str, url: str = "") -> Provision | External:
    """What this user has from now on, or the program that finds it out. `url`: where the subject is, for the program.

    Raises UsageError where the login is one by requests, or its state cannot be read.
    """
    login, kind = profile.login, _kind(profile)
    if not isinstance(login, Login) or kind is None:
        raise UsageError(
            missing(profile, "login") if login is None else "this login sends requests; play the verb login"
        )
    own = dict(profile.user(user))
    match kind:
        case "basic":
            pair = login.basic if isinstance(login.basic, list) else ["{username}", "{password}"]
            return Provision(headers=(basic_header(templates.fill(pair[0], own), templates.fill(pair[1], own)),))
        case "headers":
            named = (login.headers or {}).items()
            return Provision(headers=tuple((name, templates.fill(value, own)) for name, value in named))
        case "state":
            return _state(profile, templates.fill(login.state or "", own))
        case "browser":
            argv = [sys.executable, *(templates.fill(part, own) for part in shlex.split(login.browser or ""))]
        case "python":
            argv = [sys.executable, "-m", "cookielab.subjects.calling", login.python or ""]
        case _:
            argv = [templates.fill(part, own) for part in shlex.split(login.command or "")]
    variables = {f"COOKIELAB_{name.upper()}": value for name, value in own.items()}
    variables |= {"COOKIELAB_URL": url, "COOKIELAB_USER": json.dumps(own)}
    return External(kind=kind, argv=tuple(argv), environment=variables, folder=str(profile.folder))


def _kind(profile: Profile) -> str | None:
    login = profile.login
    return next((kind for kind in KINDS if getattr(login, kind)), None) if isinstance(login, Login) else None


def _state(profile: Profile, name: str) -> Provision:
    path = profile.folder / name
    try:
        return parse_external(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the stored state cannot be read: {error}; change login.state") from None
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def parse_external(text: str) -> Provision:
    """Cookies and headers from what a program printed: Playwright's state, `{"cookies": {…}, "headers": {…}}`, or lines
    of `Set-Cookie: …`, `Name: value` (a header) and `name=value` (a cookie). UsageError where it is none of them.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            return _from_json(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"the login's output begins like JSON and is none: {error}") from None
    cookies, headers = dict[str, str](), list[tuple[str, str]]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if colon and "=" not in name and name.strip().lower() in ("set-cookie", "cookie"):
            cookies |= _cookies(value, several=name.strip().lower() == "cookie")
        elif colon and name.strip() and all(c.isalnum() or c == "-" for c in name.strip()):
            headers.append((name.strip(), value.strip()))
        elif "=" in line:
            cookies |= _cookies(line, several=False)
        else:
            raise UsageError(f"line {number} of the login's output is no cookie and no header: {line[:80]!r}")
    return _any(Provision(cookies=cookies, headers=tuple(headers)))


def _cookies(text: str, *, several: bool) -> dict[str, str]:
    parts = text.split(";") if several else text.split(";")[:1]
    pairs = (part.strip().partition("=") for part in parts)
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}


def _from_json(value: Any) -> Provision:
    if not isinstance(value, dict):
        raise UsageError("the login's output must be a JSON object with cookies, headers or both")
    stored = value.get("cookies", {})
    if isinstance(stored, list):
        cookies = {str(each.get("name")): str(each.get("value")) for each in stored if isinstance(each, dict)}
    elif isinstance(stored, dict):
        cookies = {name: str(text) for name, text in stored.items()}
    else:
        raise UsageError("the login's output has 'cookies' that are neither a mapping nor Playwright's list")
    headers = value.get("headers", {})
    if not isinstance(headers, dict):
        raise UsageError("the login's output has 'headers' that are no mapping")
    pairs: Pairs = tuple((name, str(text)) for name, text in headers.items())
    origins = value.get("origins")
    stores = isinstance(origins, list) and any(isinstance(each, dict) and each.get("localStorage") for each in origins)
    return _any(Provision(cookies=cookies, headers=pairs, note=_STATE_LEFT_OUT if stores else ""))


def _any(found: Provision) -> Provision:
    if not found.cookies and not found.headers:
        raise UsageError("the login's output has neither a cookie nor a header")
    for text in (*found.cookies, *found.cookies.values(), *(part for pair in found.headers for part in pair)):
        if any(c in text for c in "\r\n\0"):
            raise UsageError(f"the login's output has a line break inside {text[:40]!r}")
    return found


def as_provided(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a Python login returned, as `parse_external` reads it."""
    if "cookies" in value or "headers" in value:
        return value
    return {"cookies": dict(value)}
