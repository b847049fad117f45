"""How people log in: the ways that were seen, tried in order until one lets somebody in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import UsageError
from ..document import is_html
from ..exchange import Incoming, Outgoing
from ..extract import json_value
from ..forms import NoForm, login_form, user_field
from ..profile import Form
from . import words
from .draft import Draft, literal
from .explore import NOWHERE, Place, Seen
from .openapi import Operation
from .pages import Page, target_of, without_return
from .probe import Visitor

PAIRS = (
    ("username", "password"),
    ("email", "password"),
    ("user", "password"),
    ("login", "password"),
    ("name", "password"),
)
TOKENS = (
    "access_token",
    "accessToken",
    "token",
    "jwt",
    "id_token",
    "idToken",
    "auth_token",
    "authToken",
    "access",
    "key",
)
CSRF_COOKIES = {
    "csrftoken": "X-CSRFToken",
    "XSRF-TOKEN": "X-XSRF-TOKEN",
    "csrf_token": "X-CSRF-Token",
    "_csrf": "X-CSRF-Token",
}
PROGRAM = {"Accept": "application/json"}
"""Who sends such a token is a program: what the server has for browsers at the same paths is another page."""
MOST = 12
"""Logins that are tried: servers lock people out who fail too often."""
FORGED = (403, 419)
"""What servers answer to a request that lacks what they want against forgery."""
ASKED = frozenset({200, 400, 401, 403, 415, 419, 422, 500})
"""What an address answers that takes a login, to an empty one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to log in: the words of `login:`, other words that it needs, and what it was seen by."""

    login: Any
    why: str
    more: dict[str, Any] | None = None


class Entrance:
    """Tries ways as one user. `landing`: the reply that a login ends with; `refused`: what was said to the last one."""

    def __init__(self, draft: Draft, seen: Seen, visitor: Visitor) -> None:
        self._draft, self._seen, self._visitor = draft, seen, visitor
        self.landing: Incoming | None = None
        self.refused = ""
        self.refusals: list[str] = []
        """What was said to each that did not get in, in order."""
        self._tried = 0

    def find(self) -> Iterator[Way]:
        """The ways that let the first user in, one after the other, for whoever proves them further."""
        for way in self.ways():
            if self._tried >= MOST:
                return
            yield from self._working(way)

    def seen_only(self) -> Way | None:
        """The first way that was seen, where nobody is known who could try it."""
        return next((way for way in self.ways(blind=True)), None)

    def enter(self, way: Way, user: str) -> bool:
        """A user logs in by a way, in a fresh browser."""
        self._visitor.fresh()
        self._tried += 1
        try:
            profile = self._draft.profile(**{"login": way.login} | (way.more or {}))
            outcome, reply = self._visitor.play(profile, "login", {**profile.user(user)} | {"port": self._port})
        except (UsageError, NoForm) as error:
            self.refused = str(error)
            self.refusals.append(self.refused)
            return self._known(user)
        self.landing = reply
        self.refused = "" if outcome.succeeded else outcome.why
        self.refusals += [self.refused] if self.refused else []
        return bool(outcome.succeeded) or self._known(user)

    def _known(self, user: str) -> bool:
        """Whether a login was refused because one is in already: a server that goes by addresses shows no form then."""
        if "me" not in self._draft.written:
            return False
        profile = self._draft.profile()
        outcome, self.landing = self._visitor.play(profile, "whoami", dict(profile.user(user)))
        return outcome.view is not None and outcome.view.sighting == "this"

    @property
    def _port(self) -> str:
        return self._seen.port

    def _working(self, way: Way) -> Iterator[Way]:
        user = self._draft.names[0]
        if self.enter(way, user):
            if not self._gave_nothing(way):
                yield way
            return
        reply = self.landing
        if reply is not None and reply.status in (404, 403, 405) and len(self._visitor.trail) > 2 and reply.jar:
            # it was let in, and sent on to a page that is not there: a framework's default that nobody has made
            yield Way(
                {"form": way.login, "expect": reply.status} if not isinstance(way.login, list) else way.login,
                f"{way.why}; it leads on to {target_of(reply.url)}, which answers {reply.status}", way.more,
            )  # fmt: skip

    def _gave_nothing(self, way: Way) -> bool:
        """Whether the login gave no cookie, and no token that the way makes something of: nobody is known by it."""
        takes = self._visitor.headers or "basic" in json.dumps(way.login)
        return not takes and (self.landing is None or not self.landing.jar)

    # The ways, the likeliest first

    def ways(self, *, blind: bool = False) -> Iterator[Way]:
        """What was seen, and then what is usual."""
        given = self._draft.given.get("login")
        if given is not None:
            yield Way(given, "as given")
            return
        forms = [way for place in self._seen.logins for way in self._by_form(place)]
        yield from forms
        yield from self._by_basic()
        for operation in self._seen.document.logins()[:4]:
            yield from self._by_operation(operation)
        if blind:
            return
        for way in forms:
            yield from self._as_sent_on(way)
        yield from self._by_requests()

    def _by_form(self, place: Place) -> Iterator[Way]:
        page = place.page
        for form in page.login_forms[:3]:
            own: dict[str, str] = {"page": literal(place.target)}
            try:
                chosen = login_form(page.html, Form(page=place.target), page.url) if page.html is not None else None
            except NoForm:
                chosen = None
            if chosen is None or chosen.node.mem_id != form.node.mem_id:
                own |= page.only(form)
            login: Any = {"form": own["page"] if len(own) == 1 else own}
            yield Way(login, f"a form with a password field at {place.target} ({place.why})")
        for form in page.name_forms[:1]:
            name = user_field(form, None) or ""
            first = {"page": literal(place.target), "fields": {name: "{username}"}}
            field = self._second_field(first)
            steps = [{"form": first}, {"form": {"fields": {field: "{password}"}}}]
            yield Way(steps, f"a form at {place.target} that asks for the name first ({place.why})")

    def _second_field(self, first: dict[str, Any]) -> str:
        """What the password's field is called on the page that comes when the name has been given."""
        if not self._draft.names:
            return "password"
        self._visitor.fresh()
        profile = self._draft.profile(login=[{"form": first}])
        own = {**profile.user(self._draft.names[0])} | {"port": self._port}
        _, reply = self._visitor.play(profile, "login", own)
        forms = Page(reply).login_forms
        return literal(forms[0].passwords[0].attributes.get("name") or "password") if forms else "password"

    def _as_sent_on(self, way: Way) -> Iterator[Way]:
        """The login page as a private page sends to it, where its own address leads nowhere afterwards; or without that."""
        form = way.login.get("form") if isinstance(way.login, dict) else None
        page = form if isinstance(form, str) else form.get("page") if isinstance(form, dict) else None
        if page and (bare := without_return(page)) != page:
            own = form | {"page": bare} if isinstance(form, dict) else bare
            yield Way({"form": own}, way.why)

    def _by_basic(self) -> Iterator[Way]:
        for target in self._seen.basic[:2]:
            why = f"{target} asks for HTTP Basic (401 with WWW-Authenticate)"
            if target == "/":
                yield Way({"basic": True}, why)
            else:
                yield Way([{"get": literal(target), "basic": True}], why)
                yield Way({"basic": True}, why)

    def _by_operation(self, operation: Operation) -> Iterator[Way]:
        why = f"the OpenAPI document has POST {operation.path} with a password"
        name = self._name_field(operation.fields)
        if not name or not operation.password:
            return
        body = {name: "{username}", operation.password: "{password}"}
        path = literal(operation.path)
        if operation.kind == "form":
            yield Way([{"post": path, "fields": body}], why)
            if self.landing is not None and not self.refused and (token := token_at(self.landing)):
                yield Way([{"post": path, "fields": body, "token": {"at": token}}], f"{why}; it gives a token")
        else:
            yield from self._json(path, body, why)

    def _name_field(self, fields: tuple[str, ...]) -> str | None:
        users = self._draft.names
        with_at = bool(users) and "@" in self._draft.user(users[0])["username"]
        order = ("email", "username") if with_at else ("username", "email")
        known = [*order, "user", "login", "user_name", "userName", "identifier", "name", "account", "userId"]
        return next(
            (name for name in known if name in fields),
            next((f for f in fields if re.search("user|mail|login", f, re.I)), None),
        )

    def _by_requests(self) -> Iterator[Way]:
        """Requests of scripts: paths that stand in scripts, then usual ones, where one answers as if it took a login."""
        scripted = [path for path in self._seen.scripted if words.LOGIN.search(path) or "session" in path]
        nowhere = self._post(NOWHERE, {})
        guard = csrf_of(nowhere.jar) if nowhere.status in FORGED else None
        if guard is not None:
            nowhere = self._post(NOWHERE, {}, guard)
        pages = [place.target for place in self._seen.logins]
        for path in dict.fromkeys([*scripted, *pages, *words.LOGIN_REQUESTS]):
            reply = self._post(path, {}, guard)
            if reply.status not in ASKED or (reply.status == nowhere.status and reply.body == nowhere.body):
                continue
            if reply.status == 200 and is_html(reply.header("Content-Type"), reply.body):
                continue  # a page, which takes no JSON
            why = f"{path} answers a POST without a body by {reply.status}" + (
                ", and is named in a script or on a page" if path in scripted else ""
            )
            yield from self._json(literal(path), self._wanted(reply), why, guard)

    def _post(self, path: str, body: Any, guard: dict[str, str] | None = None) -> Incoming:
        """A request of a script's, from a browser that has seen the front page where a guard is to be sent."""
        self._visitor.fresh()
        headers: tuple[tuple[str, str], ...] = ()
        if guard is not None:
            value = self._visitor.get(self._draft.profile(), "/").jar.get(guard["cookie"], "")
            headers = ((guard["header"], unquote(value)),)
        return self._visitor.ask(
            self._draft.profile(), Outgoing(method="POST", target=path, json=body, headers=headers)
        )

    def _wanted(self, reply: Incoming) -> dict[str, str]:
        """The body of a login by the fields that a page has, or that a refusal names; else what is usual."""
        named = [name for page in self._seen.loose for name in page.field_names]
        named += re.findall(r'"(\w{2,30})"', reply.body[:5000]) if reply.status in (400, 422) else []
        password = next(
            (name for name in named if re.fullmatch(r"pass(?:word|wd)?|pwd|pw", name, re.IGNORECASE)), "password"
        )
        name = self._name_field(tuple(each for each in named if each != password))
        first = self._draft.user(self._draft.names[0])["username"] if self._draft.names else ""
        return {name or ("email" if "@" in first else "username"): "{username}", password: "{password}"}

    def _json(self, path: str, body: dict[str, Any], why: str, guard: dict[str, str] | None = None) -> Iterator[Way]:
        """A login by JSON, under other names where those are refused; with the token that it gives."""
        *_, password = body
        others = [{user: "{username}", password: "{password}"} for user, _ in PAIRS if user not in body]
        for tried in [body, *others]:
            login: dict[str, Any] = {"post": path, "body": tried} | ({"csrf": guard} if guard else {})
            yield Way({"json": login}, f"{why}; it wants the value of the cookie {guard['cookie']}" if guard else why)
            reply = self.landing
            if not self.refused:
                if reply is not None and (token := token_at(reply)):
                    yield Way({"json": login | {"token": {"at": token}}}, f"{why}; it gives a token")
                    if scheme := self._scheme():
                        sent = {"at": token, "send": f"Authorization: {scheme} {{token}}"}
                        told = f"{why}; it gives a token, which is sent as {scheme}"
                        yield Way({"json": login | {"token": sent}}, told, {"headers": PROGRAM})
                return
            if reply is not None and reply.status in FORGED and guard is None:
                yield from self._guarded(login, reply, why)
            if reply is None or reply.status not in (400, 401, 422, 500) or self._tried >= MOST:
                return

    def _scheme(self) -> str:
        """How the server wants a token to be sent, where it has refused one that was sent as Bearer; else empty."""
        asked = (reply.header("WWW-Authenticate") or "" for reply in self._visitor.met if reply.status in (401, 403))
        schemes = {each.partition(" ")[0] for each in asked}
        return next((each for each in sorted(schemes) if each.lower() in ("token", "jwt", "apikey")), "")

    def _guarded(self, login: dict[str, Any], reply: Incoming, why: str) -> Iterator[Way]:
        """The same with what a server wants against forgery: a cookie's value in a header, or the page's own origin."""
        front = self._seen.front
        page = next((place.target for place in self._seen.logins), "/")
        if csrf := csrf_of({**(front.jar if front else {}), **reply.jar}, literal(page)):
            yield Way({"json": login | {"csrf": csrf}}, f"{why}; it wants the value of the cookie {csrf['cookie']}")
        if front is not None:
            origin = origin_of(front.url, ours="run" in self._draft.written)
            yield Way({"json": login}, f"{why}; it wants an Origin", {"headers": {"Origin": origin}})


def csrf_of(jar: Mapping[str, str], page: str = "/") -> dict[str, str] | None:
    """The words of `csrf:` where a cookie holds the value that scripts send back, None where none does."""
    for cookie, header in CSRF_COOKIES.items():
        if cookie in jar:
            return {"get": page, "cookie": cookie, "header": header}
    return None


def origin_of(url: str, *, ours: bool) -> str:
    """The Origin that pages at this URL have; the port is the lab's where the lab has chosen it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{{port}}" if ours else f"{parts.scheme}://{parts.netloc}"


def token_at(reply: Incoming) -> str | None:
    """The path of the token that a reply to a login gives, None where it gives none."""
    try:
        value = json_value(reply.body)
    except ValueError:
        return None
    places: list[tuple[str, Any]] = [("", value)]
    if isinstance(value, dict):
        places += [(f"{key}.", inner) for key, inner in value.items() if isinstance(inner, dict) and "." not in key]
    for before, inner in places:
        for name in TOKENS if isinstance(inner, dict) else ():
            if isinstance(inner.get(name), str) and len(inner[name]) >= 16:
                return f"{before}{name}"
    return None
