"""The preflight: does the profile tell the truth about this server? Before it does, nothing is judged.

Two people who share no address do what the profile says, calmly and one after the other. What is seen is told row by
row, each with the line of the profile that would change it. Session cookies are found by dropping one at a time.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..judging.cookies import set_cookie
from ..judging.events import Request
from ..subjects import external
from ..subjects.exchange import Learnt, Seen
from ..subjects.flow import says_success
from ..subjects.profile import Profile
from ..subjects.sight import limited, quoted
from ..subjects.talk import NOT_OURS
from . import notes
from .flaws import (
    ROUNDS,
    SOMEBODY,
    broken,
    comes_and_goes,
    ended_by,
    exact,
    known_by_address,
    now_this_now_that,
    sighting_of,
    takes_any_signature,
)
from .inventions import chosen
from .offers import lacking
from .person import Person
from .rows import Preflight, Row
from .stage import Stage
from .wording import answer_of, path_of, shown_as

FEW = 8
"""Cookies that a row names."""
"""Sightings of who is not nobody."""


def preflight(stage: Stage, learn: Callable[[Learnt], None], told: Callable[[Row], None]) -> Preflight:
    """Plays the preflight on a calm stage. `learn` takes what has been found out so far, for the steps that follow."""
    result = Preflight(told=told)
    people = stage.people("alice", "bob")
    if not people:
        result.add(
            "users",
            False,
            "the profile names nobody who could log in",
            "users: {alice: {password: …}, bob: {password: …}}",
        )
        return result
    alice, bob = people[0], people[1] if len(people) > 1 else None
    for step in _steps(stage, result, alice, bob, learn):
        if not step:
            return result
    result.learnt = stage.learnt
    return result


def _steps(
    stage: Stage, result: Preflight, alice: Person, bob: Person | None, learn: Callable[[Learnt], None]
) -> Iterator[bool]:
    """One truth value a row, in order; the first that is false ends the preflight."""
    yield _pages(result, alice)
    _accounts(stage, result, alice.profile)
    yield _nobody(stage, result, alice, bob, learn)
    yield _enter(result, alice)
    if bob is not None:
        yield _apart(result, alice, bob)
    yield _cookies(stage, result, alice, learn)
    takes_any_signature(stage, result, alice)
    yield _wrong_password(stage, result, alice, learn)
    if bob is not None:
        yield _enter(result, bob)
        yield _not_the_other(result, alice, bob)
        yield _names_stay(result, bob)
    if stage.offers("write") and stage.offers("read"):
        yield from (notes.kept(result, person) for person in (alice, bob) if person is not None)
        notes.private(stage, result, alice, bob)
    else:
        lacks = lacking(alice.profile, "read" if stage.offers("write") else "write")
        result.add("note", None, f"people are judged by `me` alone: {lacks}")
    yield _logout(result, alice if bob is None else bob)
    yield _names_stay(result, alice if bob is None else bob)
    yield _still(result, alice, bob)


def _pages(result: Preflight, alice: Person) -> bool:
    done = alice.visit()
    if done is None:
        return result.add("page found", None, "the profile has no front page")
    if done.status is None:
        return result.add("page found", False, f"no answer: {done.error_text or done.error}", "url: or run:")
    return result.add("page found", True, f"GET {path_of(done)}: {done.status}, {len(done.body):,} characters")


def _accounts(stage: Stage, result: Preflight, profile: Profile) -> None:
    """Makes the users where the profile says how. Who is there already is refused: the logins tell whether that is so."""
    for user in profile.names if profile.create is not None else ():
        newcomer = stage.newcomer(user)
        done = newcomer.create()
        assert done is not None
        if done.accepted:
            result.add(f"account made ({user})", True, f"{done.method} {path_of(done)}: {answer_of(done)}")
        else:
            result.add(f"account made ({user})", None, f"refused, it may be there already: {newcomer.why}")


def _nobody(
    stage: Stage, result: Preflight, alice: Person, bob: Person | None, learn: Callable[[Learnt], None]
) -> bool:
    if not stage.offers("whoami"):
        return result.add("who am I?", False, lacking(alice.profile, "whoami"), "me:")
    done = alice.whoami()
    assert done is not None
    seen = alice.seen
    named = sighting_of(done) in SOMEBODY
    learn(Learnt(anonymous=None if named else seen, session_cookies=None))
    if named and bob is not None and exact(alice) and (finding := known_by_address(alice, bob)):
        result.breaks.append(finding)
        return result.add("nobody is nobody", False, finding.sentence, "me:")
    if named:
        saw = f"before any login {path_of(done)} says {shown_as(done)}: the line reads something that is always there"
        return result.add("nobody is nobody", False, saw, "me:")
    if done.status is None or done.status >= 500:
        return result.add("nobody is nobody", False, f"{path_of(done)}: {answer_of(done)}", "me:")
    return result.add("nobody is nobody", True, f"before any login {path_of(done)} answers {answer_of(done)}")


def _enter(result: Preflight, person: Person) -> bool:
    begun = time.monotonic()
    done = person.login()
    seconds = time.monotonic() - begun  # all of it: the password is looked at before the last redirect
    if done is None:
        return result.add("login", False, lacking(person.profile, "login"), "login:")
    for what, saw in person.form_fields():
        result.add(what, True, saw)
    name = f"login accepted ({person.user})"
    if not done.accepted:
        return result.add(name, False, person.why or f"{path_of(done)}: {answer_of(done)}", _line_of_login(person))
    result.login_seconds = max(result.login_seconds, seconds)
    result.add(name, True, f"{done.method} {path_of(done)}: {answer_of(done)}")
    given = person.cookie_header
    answered = quoted(person.last) if person.last else ""
    for _ in range(ROUNDS):
        seen = person.whoami()
        assert seen is not None
        path, sighting = path_of(seen), sighting_of(seen)
        if sighting != "this":
            saw = person.why or f"{path} says {shown_as(seen)} and not {person.user}"
            line = "me: and users: (marker)"
            if sighting == "anonymous":
                names = [name for name, _ in person.jar]
                held = ", ".join(names[:FEW]) or "none"
                held += f" and {len(names) - FEW} more" if len(names) > FEW else ""
                saw = f"{saw}. The login ended with: {answered}; cookies held: {held}. Was that a refusal, or one step of several?"
                if given:
                    comes_and_goes(result, person, given)
                line = "me: where another value names people; login: … expect: says what success is, a list of steps where it takes several"
            if sighting == "another" and exact(person):
                now_this_now_that(result, person, seen)
            return result.add(f"{person.user} is {person.user}", False, saw, line)
    return result.add(f"{person.user} is {person.user}", True, f"{ROUNDS} times, at {path}")


def _line_of_login(person: Person) -> str:
    """What of the profile would change a refused login."""
    if person.last and limited(person.last) is not None:
        return "limits: {login_attempts: …}; a limit that is stricter is to be switched off for the test"
    if NOT_OURS in person.why:
        return "host: where that is the server's own name; login: {state: …} where another server logs people in"
    return "login: and users:"


def _apart(result: Preflight, alice: Person, bob: Person) -> bool:
    """Who has not logged in, at another address, is nobody while alice is alice."""
    for _ in range(ROUNDS):
        mine, other = alice.whoami(), bob.whoami()
        assert mine is not None
        assert other is not None
        if sighting_of(other) in SOMEBODY:
            saw = f"{bob.name}, who has not logged in, is shown {shown_as(other)} at {path_of(other)}"
            if exact(bob) and sighting_of(other) == "another":
                result.breaks.append(broken("isolation", f"{saw}, from an address of their own", mine, other))
            return result.add("me differs with and without the session", False, saw, "me:")
    return result.add("me differs with and without the session", True, f"{ROUNDS} times")


def _not_the_other(result: Preflight, alice: Person, bob: Person) -> bool:
    """After both have logged in each is still who they are."""
    for person in (alice, bob):
        seen = person.whoami()
        assert seen is not None
        sighting = sighting_of(seen)
        if sighting == "this":
            continue
        saw = f"after {bob.user} logged in, {person.user} is shown {shown_as(seen)} at {path_of(seen)}"
        if sighting == "several":
            saw = f"{path_of(seen)} names everybody: {shown_as(seen)}; `me` needs a place that names one person"
        elif sighting == "another" and exact(person):
            result.breaks.append(broken("isolation", f"{saw}, each from an address of their own", seen))
        elif sighting == "anonymous":
            result.breaks.append(broken("steadiness", f"{saw}, each from an address of their own", seen))
        return result.add("alice is not bob", False, saw, "me:")
    return result.add("alice is not bob", True, "both logged in, each is shown their own name")


def _cookies(stage: Stage, result: Preflight, alice: Person, learn: Callable[[Learnt], None]) -> bool:
    """The cookies without which alice is nobody."""
    jar = alice.jar

    def alone(names: list[str]) -> str | None:
        header = "; ".join(f"{name}={value}" for name, value in jar if name in names)
        return sighting_of(alice.forge(header or (), about="some of her own cookies", verb="whoami"))

    names = list(dict.fromkeys(name for name, _ in jar))
    without = alone([])
    if without == "this":
        learn(Learnt(anonymous=_anonymous(stage), session_cookies=()))
        saw = "none: she is recognised without any cookie"
        result.observations.append("people are recognised by something other than a cookie")
        return result.add("session cookies", True, saw)
    needed = [name for name in names if alone([other for other in names if other != name]) != "this"]
    if not needed:
        needed = [name for name in names if alone([name]) == "this"]
    if not needed:
        saw = f"no single cookie of {', '.join(names) or 'none'} decides who she is"
        return result.add("session cookies", False, saw, "me:")
    learn(Learnt(anonymous=_anonymous(stage), session_cookies=tuple(needed)))
    result.add("session cookies", True, f"{', '.join(needed)} of {len(names)} cookies")
    changed = "; ".join(f"{name}={chosen(value) if name in needed else value}" for name, value in jar)
    seen = alice.forge(changed, about="her own session cookies, changed", verb="whoami")
    if sighting_of(seen) == "this":
        result.observations.append("a changed session cookie is still taken for alice's")
    if sighting_of(alice.whoami()) != "this":
        alice.login()
    return True


def _names_stay(result: Preflight, person: Person) -> bool:
    """Whether a later login gave a cookie of the names by which the first one was known: all else is told apart by them."""
    known = person.learnt.session_cookies if person.learnt else None
    names = dict.fromkeys(name for name, _ in person.jar)
    if not known or any(name in names for name in known) or sighting_of(person.whoami()) != "this":
        return True
    saw = f"known by {', '.join(known)} after the first login and by {', '.join(names) or 'none'} after that of {person.user}: "
    saw += "sessions are followed by the names of their cookies, and here each login has a name of its own"
    return result.add("session cookies", False, saw)


def _wrong_password(stage: Stage, result: Preflight, alice: Person, learn: Callable[[Learnt], None]) -> bool:
    """Refused by its reply; or, where that is the reply to a right one, by `me`, which shows nobody afterwards."""
    name = "wrong password refused"
    if not stage.offers("password") or external.needed(alice.profile):
        return result.add(name, None, "no passwords here")
    stranger = stage.stranger("stranger@dave")
    done = stranger.fail_to_log_in(alice.user)
    if done is None or not done.accepted:
        return result.add(name, True, stranger.why or (answer_of(done) if done else "refused"))
    seen = stranger.whoami()
    assert seen is not None
    sighting = sighting_of(seen)
    if sighting in SOMEBODY:
        result.observations.append("any password is accepted")
        return result.add(name, None, f"any password is accepted here: {path_of(seen)} then says {shown_as(seen)}")
    if sighting != "anonymous" or says_success(alice.profile):
        saw = f"the reply ({answer_of(done)}) looks like success, but nobody is logged in: say what success is"
        return result.add(name, False, saw, "login: … expect:")
    assert stage.learnt is not None
    learn(replace(stage.learnt, login_by_me=True))
    saw = f"the reply ({answer_of(done)}) looks like success, but {path_of(seen)} shows nobody: from now on `me` tells"
    return result.add(name, True, saw)


def _logout(result: Preflight, person: Person) -> bool:
    token = person.token
    done = person.logout()
    if done is None:
        return result.add("logout works", None, lacking(person.profile, "logout"))
    seen = person.whoami()
    assert seen is not None
    if token and sighting_of(seen) not in SOMEBODY:
        seen = person.forge((), headers=token, about="the token from before the logout", verb="whoami")
        if sighting_of(seen) in SOMEBODY and done.accepted and done.method != "GET":
            sentence = (
                f"after the logout ({answer_of(done)}) its token is still good: {path_of(seen)} says {shown_as(seen)}"
            )
            result.breaks.append(broken("finality", sentence, done, seen))
            return result.add("logout works", None, sentence)
    if sighting_of(seen) in SOMEBODY:
        saw = f"after it ({answer_of(done)}) {path_of(seen)} still says {shown_as(seen)}"
        taken = _taken(done) & set(person.learnt.session_cookies or ()) if person.learnt else set()
        if not taken:
            line = "logout: {post: PATH}, or {form: PAGE} where it is a button of a page"
            return result.add("logout works", False, saw, line)
        sentence = f"the logout took the cookie {', '.join(sorted(taken))} away, and {saw}"
        result.breaks.append(broken("finality", sentence, done, seen))
        return result.add("logout works", None, sentence)
    if not done.accepted:
        result.observations.append(
            f"after the logout nobody is logged in, but its reply ({answer_of(done)}) is no success, so what it ends cannot be "
            f"judged; if that is how it answers say so in `logout:`, with `expect: {done.status}`"
        )
    person.login()
    return result.add("logout works", True, f"{done.method} {path_of(done)}: {answer_of(done)}")


def _still(result: Preflight, alice: Person, bob: Person | None) -> bool:
    what = "at the end alice is alice"
    seen = alice.whoami()
    assert seen is not None
    if sighting_of(seen) == "this":
        return result.add(what, True, "yes")
    why = alice.why
    if sighting_of(seen) == "anonymous" and bob is not None and ended_by(alice, bob):
        sentence = f"whenever {bob.user} logs out, {alice.user} is nobody, each at an address of their own"
        result.breaks.append(broken("steadiness", sentence, seen))
    return result.add(what, False, why, "me:")


def _taken(request: Request) -> set[str]:
    """The cookies that a reply takes away."""
    given = (set_cookie(line, request.at) for line in request.set_cookies)
    return {cookie.name for cookie in given if cookie.deletes}


def _anonymous(stage: Stage) -> Seen | None:
    return stage.learnt.anonymous if stage.learnt else None
