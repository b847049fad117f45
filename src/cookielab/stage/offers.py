"""What a subject lets scenarios do: the verbs of its profile, and whether people have passwords."""

from ..subjects import external
from ..subjects.profile import Profile, abilities, missing


def offered(profile: Profile) -> set[str]:
    """The verbs that the profile says how to do; `password` where people have one that a login sends and may be wrong, and
    `shared cache` where one may stand before the server."""
    has = profile.password if isinstance(profile.users, str) else any(u.get("password") for u in profile.users.values())
    password = {"password"} if has and not external.needed(profile) else set[str]()
    return abilities(profile) | password | ({"shared cache"} if profile.shared_cache else set())


def lacking(profile: Profile, verb: str) -> str:
    """What to add to the profile for a verb, in a sentence."""
    if verb == "shared cache":
        return "no shared cache stands before this server, as far as the profile says: `shared_cache: true` if one does, such as a CDN"
    if verb != "password":
        return missing(profile, verb)
    if external.needed(profile):
        return "this login sends no request in which a password could be wrong"
    return "the users of the profile have no password: add `password:` to them"
