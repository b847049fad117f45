"""What a subject lets scenarios do: the verbs of its profile, and whether people have passwords."""

from collections.abc import Mapping

from ..subjects import external
from ..subjects.profile import Profile, abilities, missing

STEERED: Mapping[str, str] = {
    "tls": "it cannot be told to speak TLS beside plain HTTP: only the lab's own handlers can",
    "ipv6": "it cannot be told to listen at IPv6 as well: only the lab's own handlers can",
}
"""What the lab's own handlers alone let scenarios do, and why others' servers do not."""


def offered(profile: Profile) -> set[str]:
    """The verbs that the profile says how to do; `password` where people have one that a login sends and may be wrong."""
    has = profile.password if isinstance(profile.users, str) else any(u.get("password") for u in profile.users.values())
    return abilities(profile) | ({"password"} if has and not external.needed(profile) else set())


def lacking(profile: Profile, verb: str) -> str:
    """What to add to the profile for a verb, in a sentence."""
    if verb in STEERED:
        return STEERED[verb]
    if verb != "password":
        return missing(profile, verb)
    if external.needed(profile):
        return "this login sends no request in which a password could be wrong"
    return "the users of the profile have no password: add `password:` to them"
