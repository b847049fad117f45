"""What a subject lets scenarios do: the verbs of its profile, and whether people have passwords."""

from collections.abc import Mapping

from ..subjects import external
from ..subjects.abilities import abilities, missing, remembers
from ..subjects.profile import Profile

STEERED: Mapping[str, str] = {
    "clock": "its clock is the machine's: only that of the lab's own handlers can be moved on",
    "gates": "it holds no request at a gate: only the lab's own handlers do",
    "tls": "it cannot be told to speak TLS beside plain HTTP: only the lab's own handlers can",
    "ipv6": "it cannot be told to listen at IPv6 as well: only the lab's own handlers can",
}
"""What the lab's own handlers alone let scenarios do, and why others' servers do not."""


def offered(profile: Profile) -> set[str]:
    """The verbs that the profile says how to do; `password` where people have one that a login sends and may be wrong, and
    `shared cache` where one may stand before the server."""
    has = profile.password if isinstance(profile.users, str) else any(u.get("password") for u in profile.users.values())
    more = {"password"} if has and not external.needed(profile) else set[str]()
    if remembers(profile):
        more.add("remember")
    if profile.shared_cache:
        more.add("shared cache")
    return abilities(profile) | more


def lacking(profile: Profile, verb: str) -> str:
    """What to add to the profile for a verb, in a sentence."""
    if verb in STEERED:
        return STEERED[verb]
    if verb == "remember":
        return (
            "the profile does not say how a lasting login differs from a brief one: give the login a field that is "
            '"{remember}", as in `login: {form: {page: /login, extra: {remember_me: "{remember}"}}}`'
        )
    if verb == "shared cache":
        return "no shared cache stands before this server, as far as the profile says: `shared_cache: true` if one does, such as a CDN"
    if verb != "password":
        return missing(profile, verb)
    if external.needed(profile):
        return "this login sends no request in which a password could be wrong"
    return "the users of the profile have no password: add `password:` to them"
