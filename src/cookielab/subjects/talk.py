"""One verb's conversation with the subject, sans-IO: requests are yielded, replies come back, redirects are followed."""

import base64
from collections.abc import Generator, Iterable
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import UNSET

from . import templates
from .exchange import Incoming, Outgoing, Pairs
from .extract import Found, extract, parsed
from .forms import credentials, login_form, plain_form
from .hops import MOST, onward, own_target, redirect
from .profile import Csrf, Expect, Extract, Form, Profile, Step, Token
from .sight import quoted
from .submission import submission

type Flow[T] = Generator[Outgoing, Incoming, T]

_PAGE = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
_DATA = ("Accept", "application/json, */*;q=0.5")

NOT_OURS = "which is not the subject"
REMEMBER = "{remember}"
"""In a form, a box that is ticked for a lasting login: an unticked one is not sent."""


class Stop(Exception):
    """A verb cannot go on; the text is the reason. `reply`: the one that it is about."""

    def __init__(self, why: str, reply: Incoming | None = None) -> None:
        super().__init__(why)
        self.reply = reply


class Talk:
    """What a verb has said and heard so far. `headers`: those that the person sends from now on (a token)."""

    def __init__(self, profile: Profile, variables: dict[str, str]) -> None:
        self.profile, self.variables = profile, variables
        self.last: Incoming | None = None
        self.headers: Pairs = ()
        self.filled: frozenset[str] = frozenset()
        """The names of the fields of the form that was sent last."""
        self.expected: frozenset[int] | None = None
        """The statuses that the profile expects of the last reply, None where it does not say."""

    @property
    def reply(self) -> Incoming:
        """The last reply."""
        if self.last is None:
            raise Stop("the profile's verb sends nothing")
        return self.last

    # Requests

    def send(self, outgoing: Outgoing, *, follow: bool) -> Flow[Incoming]:
        """Sends a request with the profile's own headers, and follows where it is sent on to."""
        outgoing = self._dressed(outgoing)
        asked = set[tuple[str, str, object]]()
        for _ in range(MOST + 1):
            reply = self.last = yield outgoing
            if reply.status is None:
                raise Stop(quoted(reply), reply)
            if not follow or (url := self._redirect(reply)) is None:
                return reply
            target = own_target(url, reply.url, self._hosts())
            if target is None:
                who = self.variables.get("name", "the client")
                raise Stop(f"the reply sends {who} to {_printable(url)}, {NOT_OURS}", reply)
            outgoing = onward(reply, outgoing, target)
            seen = (outgoing.method, target, tuple(sorted(reply.jar.items())))
            if seen in asked:
                raise Stop(f"the redirects go in a circle: {_printable(target)} comes again", reply)
            asked.add(seen)
        raise Stop(f"more than {MOST} redirects in a row, the last to {_printable(outgoing.target)}", self.reply)

    def _redirect(self, reply: Incoming) -> str | None:
        try:
            return redirect(reply)
        except ValueError:
            raise Stop(f"the reply sends on to something that is no URL: {quoted(reply)}", reply) from None

    def _dressed(self, outgoing: Outgoing) -> Outgoing:
        named = {name.lower() for name, _ in outgoing.headers}
        always = tuple(
            (name, self.fill(value)) for name, value in self.profile.headers.items() if name.lower() not in named
        )
        named |= {name.lower() for name, _ in always}
        accept = _DATA if outgoing.json is not None else _PAGE
        headers = (() if "accept" in named else (accept,)) + always + outgoing.headers
        return Outgoing(
            method=outgoing.method, target=outgoing.target, headers=headers, json=outgoing.json, form=outgoing.form,
            multipart=outgoing.multipart, text=outgoing.text,
        )  # fmt: skip

    def _hosts(self) -> Iterable[str]:
        return (self.fill(self.profile.host),) if self.profile.host else ()

    def fill(self, text: str) -> str:
        """A text of the profile with this verb's variables."""
        try:
            return templates.fill(text, self.variables)
        except KeyError as error:
            raise Stop(
                f"the variable {{{error.args[0]}}} has no value here: it is extracted by no earlier step"
            ) from None

    def target(self, path: str) -> str:
        """A path of the profile, below its base path."""
        filled = self.fill(path)
        if path.startswith("/"):
            return self.profile.base.rstrip("/") + filled
        if self.last is None:
            raise Stop(f"{filled[:100]!r} is no path that begins with /")
        try:
            own = own_target(urljoin(self.last.url, filled), self.last.url, self._hosts())
        except ValueError:
            own = None
        if own is None:
            raise Stop(f"the step leads to {_printable(filled)}, {NOT_OURS}", self.last)
        return own

    # Steps

    def step(self, step: Step, *, follow: bool, login: bool = False, leaving: bool = False) -> Flow[Incoming]:
        """One step of the profile: its request or form, what it must answer, what is taken from the reply."""
        follow = follow if step.follow is None else step.follow
        self.expected = None
        if step.form is not None:
            form = Form(page=step.form) if isinstance(step.form, str) else step.form
            fields = dict(step.fields or {}) | form.fields
            reply = yield from self.form(form, fields, follow=follow, login=login, leaving=leaving, also=step)
        else:
            reply = yield from self._request(step, follow=follow)
        self.expect(step.expect, reply)
        for name, what in step.extract.items():
            self.variables[name] = self.taken(reply, what, f"'{name}' was not found")
        if step.token is not None and (reply.status or 500) < 400:
            self.take_token(step.token, reply)
        return reply

    def _request(self, step: Step, *, follow: bool) -> Flow[Incoming]:
        method = step.method or "get"
        headers, more = yield from self.guard(step.csrf)
        headers = tuple((name, self.fill(value)) for name, value in step.headers.items()) + headers + self._basic(step)
        target = self.target(getattr(step, method) or "/")
        json, text, form = None, None, None
        if step.json is not UNSET and method != "get":
            json = templates.fill_all(step.json, self._filling(step.json))
            json = json | dict(more) if more and isinstance(json, dict) else json
            if json is None:
                text, headers = "null", (*headers, ("Content-Type", "application/json"))
        elif step.text_body is not None:
            text = self.fill(step.text_body)
        elif step.fields is not None or more:
            form = tuple((name, self.fill(value)) for name, value in (step.fields or {}).items()) + more
        sent = Outgoing(method=method.upper(), target=target, headers=headers, json=json, form=form, text=text)
        return (yield from self.send(sent, follow=follow))

    def _filling(self, value: object) -> dict[str, str]:
        for name in templates.names(value):
            self.fill(f"{{{name}}}")
        return self.variables

    def _basic(self, step: Step) -> Pairs:
        if not step.basic:
            return ()
        user, password = step.basic if isinstance(step.basic, list) else ("{username}", "{password}")
        return (basic_header(self.fill(user), self.fill(password)),)

    def form(
        self,
        form: Form,
        fields: dict[str, str],
        *,
        follow: bool,
        login: bool,
        leaving: bool = False,
        also: Step | None = None,
    ) -> Flow[Incoming]:
        """Gets a page, fills in its form, presses its button. Without a page: the form on the page that came last."""
        if form.page is not None:
            yield from self.send(Outgoing(method="GET", target=self.target(form.page)), follow=True)
        page_reply = self.reply
        if page_reply.status is None or page_reply.status >= 400:
            raise Stop(f"the page with the form is not there: {quoted(page_reply)}", page_reply)
        page, url = parsed(page_reply.body), page_reply.url
        unticked = [name for name, value in form.extra.items() if value == REMEMBER and self.fill(value) != "yes"]
        fields = {name: self.fill(value) for name, value in (fields | form.extra).items() if name not in unticked}
        if login and (not fields or form.extra or form.user or form.password):
            found = login_form(page, form, url)
            fields = credentials(found, form, self.variables) | fields
        else:
            found = plain_form(page, form, fields, url, leaving=leaving)
        try:
            sent = submission(found, form, fields, page=page, url=url)
            target = own_target(sent.target, url, self._hosts())
        except ValueError:
            raise Stop(f"the form's action is no URL: {found.attribute('action')[:100]!r}", page_reply) from None
        if target is None:
            raise Stop(f"the form sends to {_printable(sent.target)}, {NOT_OURS}", page_reply)
        self.filled = frozenset(found.names)
        headers = sent.headers + self._as_from(url, sent.method)
        headers += tuple((name, self.fill(value)) for name, value in (also.headers if also else {}).items())
        sent = Outgoing(
            method=sent.method, target=target, headers=headers, form=sent.form, multipart=sent.multipart, text=sent.text
        )
        return (yield from self.send(sent, follow=follow))

    def _as_from(self, url: str, method: str) -> Pairs:
        """Referer and Origin as a browser sends them, under the name that it knows the subject by."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{next(iter(self._hosts()), parts.netloc)}"
        referer = origin + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = {name.lower() for name in self.profile.headers}
        pairs = (("Origin", origin), ("Referer", referer)) if method != "GET" else (("Referer", referer),)
        return tuple((name, value) for name, value in pairs if name.lower() not in named)

    def guard(self, csrf: Csrf | None) -> Flow[tuple[Pairs, Pairs]]:
        """Fetches what a server gives out against forgery: as headers, and as fields."""
        if csrf is None:
            return (), ()
        reply = yield from self.send(Outgoing(method="GET", target=self.target(csrf.get)), follow=True)
        elsewhere = csrf.cookie or csrf.meta or csrf.json or csrf.regex
        what = Extract(
            cookie=csrf.cookie,
            meta=csrf.meta,
            json=csrf.json,
            regex=csrf.regex,
            field=None if elsewhere else csrf.field,
        )
        value = self.taken(reply, what, "the value against forgery (csrf) was not found")
        if csrf.cookie:
            value = unquote(value)  # as the scripts do that send it back, Angular's and axios's among them
        if csrf.header:
            return ((csrf.header, value),), ()
        return (), ((csrf.field or "", value),)

    # What replies must be, and what they give

    def expect(self, wanted: int | list[int] | Expect | None, reply: Incoming) -> None:
        """Stops the verb where a reply is not as the profile says."""
        if wanted is None:
            return
        self.expected = frozenset(filter(None, (reply.status,)))
        expect = wanted if isinstance(wanted, Expect) else Expect(status=wanted)
        statuses = [expect.status] if isinstance(expect.status, int) else expect.status
        if statuses and reply.status not in statuses:
            raise Stop(f"expected {' or '.join(map(str, statuses))}, but {quoted(reply)}", reply)
        if expect.text is not None and not extract(reply, Extract(text=expect.text), self.variables).there:
            raise Stop(f"expected the text {expect.text!r}, but {quoted(reply)}", reply)
        if expect.url is not None and self.fill(expect.url) not in (reply.url, urlsplit(reply.url).path):
            raise Stop(f"expected to end at {expect.url}, but {quoted(reply)}", reply)

    def taken(self, reply: Incoming, what: Extract, lost: str) -> str:
        """The value that an extractor finds; stops the verb where it finds none."""
        found: Found = extract(reply, what, self.variables)
        if not found.there or not found.value:
            raise Stop(f"{lost}: {found.why or 'it is empty'}; {quoted(reply)}", reply)
        return found.value

    def take_token(self, token: Token, reply: Incoming) -> None:
        """Takes a token from the reply to a login, to be sent from now on."""
        at = Extract(json=token.at) if isinstance(token.at, str) else token.at
        value = self.taken(reply, at, "the token does not come")
        name, _, text = token.send.partition(":")
        self.headers = (*self.headers, (name.strip(), templates.fill(text.strip(), {**self.variables, "token": value})))


def basic_header(user: str, password: str) -> tuple[str, str]:
    """The header of HTTP's Basic authentication (RFC 7617, in UTF-8)."""
    pair = f"{user}:{password}".encode("utf-8", "replace")
    return "Authorization", "Basic " + base64.b64encode(pair).decode()


def _printable(url: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in url)[:200]
