"""The verbs of a profile: which of them it says how to do, and what to add for one that is missing."""

from msgspec import to_builtins

from . import templates
from .profile import Profile

VERBS = ("visit", "login", "whoami", "write", "read", "logout", "change_password")
_LINES = {
    "visit": "visit: /",
    "login": "login: {form: /login}",
    "whoami": "me: /profile",
    "write": 'note: {write: {form: /profile/edit, fields: {bio: "{canary}"}}}',
    "read": "note: {read: {get: /profile/edit, field: bio}}",
    "logout": "logout: {form: /logout}",
    "change_password": 'change_password: {form: /password, fields: {old: "{password}", new: "{new_password}"}}',
}


def abilities(profile: Profile) -> set[str]:
    """The verbs that a profile says how to do."""
    note = profile.note
    has = {
        "visit": True,
        "login": profile.login is not None,
        "whoami": profile.me is not None,
        "write": note is not None and note.write is not None,
        "read": note is not None and note.read is not None,
        "logout": profile.logout is not None,
        "change_password": profile.change_password is not None,
    }
    return {verb for verb in VERBS if has[verb]}


def remembers(profile: Profile) -> bool:
    """Whether its login says how a lasting one differs from a brief one: `{remember}` is `yes` or `no`, else empty."""
    return "remember" in templates.names(to_builtins(profile.login))


def missing(profile: Profile, verb: str) -> str:
    """What to add to a profile so that it offers a verb, in a sentence."""
    name = profile.file.name if profile.file else "cookielab.yaml"
    return f"the profile does not say how to {_SAID.get(verb, verb)}: add to {name} a line like `{_LINES[verb]}`"


_SAID = {
    "login": "log in",
    "whoami": "see who one is",
    "write": "store a private value",
    "read": "read the private value back",
    "logout": "log out",
    "change_password": "change a password",
}
