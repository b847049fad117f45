"""Plays one verb of a profile as a generator: it yields what to send, is sent what came back, returns what became of it.

Nothing here touches a socket, so a verb plays the same through an agent in the lab, in a test, and in the preflight.
"""

import re
from dataclasses import replace
from typing import Any

from msgspec import structs

from ..errors import UsageError
from ..judging.events import View
from .abilities import abilities, missing
from .exchange import Incoming, Learnt, Outcome
from .extract import Found, extract
from .forms import NoForm
from .hops import REDIRECTS, redirect
from .profile import Form, JsonLogin, Login, Look, Profile, Step
from .refusals import login_refused, shows_form_again
from .sight import Sight, limited, login_page, quoted, sighted
from .talk import Flow, Stop, Talk

_NOT_CHANGED = "is the old password wrong, or the new one too weak"
_CANARY = re.compile(r"\bc-[0-9a-f]{12}\b")


def flow(profile: Profile, verb: str, variables: dict[str, str], learnt: Learnt | None = None) -> Flow[Outcome]:
    """One verb: visit, login, whoami, write, read, logout, change_password; `create` where the profile makes its users;
    `open`: what a login asks for first, and no further, where it asks for something (`opening`).

    `variables` are those of `profile.user(name)`, with canary, new_password and port where the verb wants them; values
    that steps extract are added to it. Without a name nobody is claimed. Raises UsageError, before anything is sent, for
    a verb that the profile does not offer.
    """
    beside = {"create": profile.create, "open": opening(profile)}
    if verb not in abilities(profile) and beside.get(verb) is None:
        raise UsageError(missing(profile, verb))
    variables.setdefault("remember", "")
    talk = Talk(profile, variables)
    try:
        outcome = yield from _play(talk, verb, learnt)
    except (Stop, NoForm) as stopped:
        if talk.last is None:
            raise UsageError(str(stopped)) from None
        outcome = _stopped(talk, verb, stopped)
    return _with_extras(talk, outcome)


def _play(talk: Talk, verb: str, learnt: Learnt | None) -> Flow[Outcome]:
    profile = talk.profile
    match verb:
        case "login":
            outcome = yield from _login(talk, profile.login)
            if learnt is None or not learnt.login_by_me or not outcome.succeeded or outcome.headers:
                return outcome
            return (yield from _proven(talk, outcome, learnt))
        case "whoami":
            return (yield from _whoami(talk, _looks(profile.me), learnt))
        case "read":
            return (yield from _read(talk, _looks(profile.note.read if profile.note else None)))
        case "write":
            yield from _steps(talk, profile.note.write if profile.note else None)
        case "logout":
            yield from _steps(talk, profile.logout, leaving=True)
        case "change_password":
            yield from _steps(talk, profile.change_password)
            if again := shows_form_again(talk.reply, talk.filled, what="password", hint=_NOT_CHANGED):
                return Outcome(succeeded=False, why=again)
        case "create":
            yield from _steps(talk, profile.create)
        case "open":
            yield from talk.step(Step(get=opening(profile)), follow=True)
        case _:
            yield from _steps(talk, profile.visit)
    return _done(talk, verb)


def _done(talk: Talk, verb: str) -> Outcome:
    """Success where the last reply is no error and does not ask for a login, unless the profile expects something."""
    reply = talk.reply
    if refused := _refusal(talk, reply):
        return Outcome(succeeded=False, why=refused, retry_after=limited(reply))
    if verb in ("write", "change_password") and _asks_for_login(talk, reply):
        return Outcome(succeeded=False, why=f"the reply asks for a login: {quoted(reply)}")
    return Outcome(succeeded=True, why=f"{reply.status} for {reply.method} {reply.url}")


def _refusal(talk: Talk, reply: Incoming) -> str:
    if limited(reply) is not None:
        return f"the server limits the rate: {quoted(reply)}"
    return quoted(reply) if reply.status is None or (reply.status >= 400 and not _expected(talk, reply)) else ""


def _expected(talk: Talk, reply: Incoming) -> bool:
    return talk.expected is not None and reply.status in talk.expected


def _asks_for_login(talk: Talk, reply: Incoming) -> bool:
    """Whether a reply is the profile's login page, or sends there."""
    page = login_path(talk)
    if reply.status in REDIRECTS:
        return page is not None and _path(redirect_or_none(reply)) == page
    return login_page(reply) and page is not None and _path(reply.url) == page


def opening(profile: Profile) -> str | None:
    """What a login asks for before it says who one is: the page with the form, the first page of several steps, or where
    the value against forgery comes from. None where who one is is sent at once."""
    login = profile.login
    first = login[0] if isinstance(login, list) else login
    if first is None or isinstance(first, str):
        return first
    if first.form is not None:
        return first.form.page if isinstance(first.form, Form) else first.form
    if isinstance(first, Step) and first.get is not None:
        return first.get
    guard = first.csrf if isinstance(first, Step) else first.json.csrf if first.json is not None else None
    return guard.get if guard is not None else None


def login_path(talk: Talk) -> str | None:
    """The path of the page where the profile logs in, None where it is by no form."""
    login = talk.profile.login
    form: Any = login if isinstance(login, str) else login.form if isinstance(login, Login) else None
    if isinstance(login, list):
        form = next((step.form for step in login if step.form is not None), None)
    page = form.page if isinstance(form, Form) else form
    return _path(talk.target(page)) if page else None


def _path(url: str | None) -> str | None:
    return re.sub(r"^https?://[^/?#]*", "", url).partition("?")[0].partition("#")[0] or "/" if url is not None else None


def redirect_or_none(reply: Incoming) -> str | None:
    """Where a reply sends on to, None also where that is no URL."""
    try:
        return redirect(reply)
    except ValueError:
        return None


def _steps(talk: Talk, written: Any, *, leaving: bool = False) -> Flow[None]:
    for step in _listed(written):
        yield from talk.step(step, follow=True, leaving=leaving)


def _listed(written: Any) -> list[Step]:
    if isinstance(written, str):
        return [Step(get=written)]
    return written if isinstance(written, list) else [written]


def _looks(written: Any) -> list[Look]:
    if isinstance(written, str):
        return [Look(get=written)]
    return written if isinstance(written, list) else [written]


# Login


def _login(talk: Talk, login: str | Login | list[Step] | None) -> Flow[Outcome]:
    before = login_path(talk)
    if isinstance(login, list):
        for step in login:
            yield from talk.step(step, follow=True, login=True)
    elif isinstance(login, Login) and login.json is not None:
        yield from _json_login(talk, login.json)
    else:
        written = login.form if isinstance(login, Login) else login
        if written is None:
            raise UsageError("this login sends nothing; take external.provision for it")
        form = Form(page=written) if isinstance(written, str) else written
        yield from talk.form(form, dict(form.fields), follow=True, login=True)
    if isinstance(login, Login):
        talk.expect(login.expect, talk.reply)
    told = (isinstance(login, Login) and login.expect is not None) or talk.expected is not None
    why = "" if told else login_refused(talk.reply, talk.filled, before, _path(redirect_or_none(talk.reply)))
    return Outcome(
        succeeded=not why,
        why=why or f"{talk.reply.status} for {talk.reply.method} {talk.reply.url}",
        headers=() if why else talk.headers,
        retry_after=limited(talk.reply),
    )


def _proven(talk: Talk, outcome: Outcome, learnt: Learnt) -> Flow[Outcome]:
    """A login whose reply tells nothing is one if `me` does not show nobody afterwards."""
    seen = yield from _whoami(talk, _looks(talk.profile.me), learnt)
    if seen.view is not None and seen.view.sighting == "anonymous":
        return replace(seen, succeeded=False, why=f"afterwards `me` shows nobody: {seen.why}")
    return replace(seen, succeeded=outcome.succeeded)


def says_success(profile: Profile) -> bool:
    """Whether the profile itself says by what a login is known to have worked."""
    login = profile.login
    if isinstance(login, list):
        return any(step.expect is not None for step in login)
    if not isinstance(login, Login):
        return False
    return login.expect is not None or (login.json is not None and login.json.expect is not None)


def _json_login(talk: Talk, login: JsonLogin) -> Flow[None]:
    step = Step(
        post=login.post, json=login.body, headers=login.headers, csrf=login.csrf, expect=login.expect, token=login.token
    )
    yield from talk.step(step, follow=login.follow)


# Who one is, and the note


def _whoami(talk: Talk, looks: list[Look], learnt: Learnt | None) -> Flow[Outcome]:
    *before, last = looks
    for step in before:
        yield from talk.step(step, follow=False)
    try:
        yield from talk.step(_bare(last), follow=False)
    except Stop as stopped:
        if stopped.reply is None or stopped.reply.status is not None:
            raise
    sight = sighted(talk.profile, last, talk.reply, talk.variables, learnt)
    return _seen(sight)


def _bare(look: Look) -> Look:
    """A look whose reply is judged by the sighting alone."""
    values = {name: getattr(look, name) for name in look.__struct_fields__}
    return Look(**values | {"expect": None})


def _seen(sight: Sight) -> Outcome:
    understood = sight.sighting not in ("error", "not understood")
    view = View(user=sight.user, sighting=sight.sighting)
    return Outcome(succeeded=understood, view=view, why=sight.why, seen=sight.seen, retry_after=sight.retry_after)


def _read(talk: Talk, looks: list[Look]) -> Flow[Outcome]:
    for step in looks:
        yield from talk.step(step, follow=False)
    reply, what = talk.reply, looks[-1].extractor
    if limited(reply) is not None or reply.status is None or not 200 <= reply.status < 300:
        return Outcome(succeeded=False, why=quoted(reply), retry_after=limited(reply))
    if what is None:
        there, own = _CANARY.findall(reply.body), talk.variables.get("canary")  # others' notes may stand there, too
        value = own if own in there else there[0] if there else None
        found = Found(value is not None, value, "no stored value stands in the reply")
    else:
        found = extract(reply, what, talk.variables)
    view = View(note=found.value)
    if found.there:
        return Outcome(succeeded=True, view=view, why=f"{reply.status} for {reply.method} {reply.url}")
    if login_page(reply):
        return Outcome(succeeded=False, view=view, why=f"the reply is a login page: {quoted(reply)}")
    return Outcome(succeeded=None, view=view, why=f"{found.why}: {quoted(reply)}")


# What else a reply says


def _stopped(talk: Talk, verb: str, stopped: Exception) -> Outcome:
    reply = stopped.reply if isinstance(stopped, Stop) else talk.last
    lost = reply is not None and (reply.status is None or reply.status >= 500)
    view = View(sighting="error" if lost else "not understood") if verb == "whoami" else None
    wait = limited(reply) if reply is not None else None
    return Outcome(succeeded=False, view=view, why=str(stopped), retry_after=wait)


def _with_extras(talk: Talk, outcome: Outcome) -> Outcome:
    """The view with what the profile's `says` reads off the last reply."""
    says, reply = talk.profile.says, talk.last
    if not says or reply is None or reply.status is None:
        return outcome
    values = dict[str, Any]()
    for name, what in says.items():
        found = extract(reply, what, talk.variables)
        if found.there and found.value is not None:
            values[name] = _typed(name, found.value)
    values = {name: value for name, value in values.items() if value is not None}
    if not values and outcome.view is None:
        return outcome
    view = outcome.view or View()
    own = {name: getattr(view, name) for name in values if getattr(view, name) is not None}
    return replace(outcome, view=structs.replace(view, **values | own))


def _typed(name: str, value: str) -> Any:
    if name == "known":
        return {"true": True, "false": False}.get(value)
    if name == "visits":
        return int(value) if re.fullmatch(r"-?\d{1,18}", value) else None
    return value
