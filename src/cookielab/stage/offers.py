"""What a subject lets scenarios do: the verbs of its profile, and whether people have passwords."""

from ..subjects.profile import Profile, abilities, missing


def offered(profile: Profile) -> set[str]:
    """The verbs that the profile says how to do; `password` where people have one that can be wrong."""
    has = profile.password if isinstance(profile.users, str) else any(u.get("password") for u in profile.users.values())
    return abilities(profile) | ({"password"} if has else set())


def lacking(profile: Profile, verb: str) -> str:
    """What to add to the profile for a verb, in a sentence."""
    return (
        "the users of the profile have no password: add `password:` to them"
        if verb == "password"
        else missing(profile, verb)
    )
