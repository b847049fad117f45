"""Finds `create`: where nobody is given who has an account, Alice and Bob sign up as everybody may."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import UsageError
from .. import templates
from ..exchange import Incoming, Outgoing
from ..forms import NoForm, PageForm, kind_of, options_of, user_field, value_of
from . import words
from .draft import Draft, literal
from .entering import ASKED
from .explore import Place, Seen
from .probe import Visitor

MOST = 5
"""Ways to sign up that are tried."""


@dataclass(frozen=True, slots=True)
class Made:
    """Words of `create:` and of `users:`, and what they were seen by."""

    create: Any
    users: dict[str, dict[str, str]]
    why: str


class SignUp:
    """Tries the ways to sign up, each as somebody new."""

    def __init__(self, draft: Draft, seen: Seen, visitor: Visitor, other: Visitor) -> None:
        self._draft, self._seen, self._visitor = draft, seen, visitor
        self._at = {"alice": visitor, "bob": other}  # a sign-up often logs in, and a server may go by addresses
        self.refused = ""
        kept = "run" not in draft.written  # a server that goes on, or whose volumes do, may have an alice
        self._marks = [secrets.token_hex(2)] if kept else ["", secrets.token_hex(2)]

    def find(self) -> Made | None:
        """The first way by which both get an account."""
        for number, (create, by_mail, why) in enumerate(self._ways()):
            if number >= MOST:
                return None
            for mark in self._marks[: 1 if number else None]:  # any other may have an alice among its first users
                users = {name: self._user(name, mark, by_mail=by_mail) for name in ("alice", "bob")}
                if all(self._make(create, users, name) for name in users):
                    return self._tidied(Made(create, users, why), by_mail=by_mail)
        return None

    def _tidied(self, made: Made, *, by_mail: bool) -> Made:
        """The same with no more variables than it needs."""
        same = "{email}" if by_mail else "{nick}"
        create = _replaced(made.create, same, "{username}")
        wanted = {"username", "password", *templates.names(create)}
        users = {name: {key: own[key] for key in own if key in wanted} for name, own in made.users.items()}
        return Made(create, users, made.why)

    def _user(self, name: str, mark: str, *, by_mail: bool) -> dict[str, str]:
        """A user whose password usual rules accept: long, of all kinds of characters, unlike the name."""
        own = f"{name}{mark}"
        password = f"Lab-{secrets.token_hex(4)}-Xy7!"
        mail = f"{own}@example.com"
        return {"username": mail if by_mail else own, "password": password, "email": mail, "nick": own}

    def _make(self, create: Any, users: dict[str, dict[str, str]], name: str) -> bool:
        visitor = self._at[name]
        visitor.fresh()
        try:
            profile = self._draft.profile(create=create, users=users)
            outcome, reply = visitor.play(profile, "create", dict(profile.user(name)) | {"port": ""})
        except (UsageError, NoForm) as error:
            self.refused = str(error)
            return False
        self.refused = "" if outcome.succeeded else outcome.why
        if outcome.succeeded and self._again(reply):
            self.refused = f"the form comes again: {_errors(reply)}"
            return False
        return bool(outcome.succeeded)

    def _again(self, reply: Incoming) -> bool:
        from .pages import Page

        return reply.status == 200 and bool(Page(reply).sign_up_forms)

    def _ways(self) -> Iterator[tuple[Any, bool, str]]:
        for place in self._seen.sign_ups[:3]:
            for form in place.page.sign_up_forms[:2]:
                yield self._by_form(place, form)
            for form, button in place.page.sign_up_buttons[:1]:
                yield self._by_form(place, form, button)
        for operation in self._seen.document.sign_ups()[:2]:
            body = {name: _value(name) for name in operation.fields if name in operation.needed or _known(name)}
            by_mail = not any(re.search(r"user.?name|login|^name$|^user$", name, re.I) for name in operation.fields)
            key = "fields" if operation.kind == "form" else "json"
            yield (
                {"post": literal(operation.path), key: body},
                by_mail,
                f"the OpenAPI document has POST {operation.path}",
            )
        if not self._seen.sign_ups:
            yield from self._by_requests()

    def _by_form(self, place: Place, form: PageForm, button: str = "") -> tuple[Any, bool, str]:
        fields, by_mail = dict[str, str](), False
        name = user_field(form, form.passwords[0])
        for node in form.controls:
            field, kind = node.attributes.get("name"), kind_of(node)
            if not field or kind in ("submit", "button", "reset", "image", "file"):
                continue
            said = " ".join(filter(None, (field, node.attributes.get("id"), node.attributes.get("placeholder"))))
            if kind == "password":
                fields[field] = "{password}"
            elif kind == "email" or re.search(r"e.?mail", said, re.IGNORECASE):
                fields[field] = "{email}"
                by_mail = by_mail or field == name
            elif kind in ("text", "tel", "search", "textarea") and kind_of(node) != "hidden":
                own = field == name or re.search(r"user|login|nick|name", said, re.IGNORECASE)
                if own or "required" in node.attributes:
                    fields[field] = "{nick}" if own else "Cookie Lab"
            elif kind == "checkbox" and "required" in node.attributes:
                fields[field] = value_of(node)
            elif kind == "select" and "required" in node.attributes and not next(options_of(node), ""):
                options = [option.attributes.get("value") for option in node.css("option")]
                fields[field] = next(filter(None, options), "")
        names = [node.attributes.get("name") or "" for node in form.controls if kind_of(node) in ("text", "email")]
        by_mail = by_mail or not any(re.search(r"user|login|nick|^name$", each, re.IGNORECASE) for each in names)
        step: dict[str, Any] = {"page": literal(place.target), "fields": fields}
        if button:
            step |= {"button": button}
        elif len(place.page.forms) > 1:
            step |= place.page.only(form)
        return {"form": step}, by_mail, f"a form to sign up at {place.target} ({place.why})"

    def _by_requests(self) -> Iterator[tuple[Any, bool, str]]:
        """Requests of scripts, where one answers as if it took a sign-up."""
        scripted = [path for path in self._seen.scripted if words.SIGN_UP.search(path)]
        profile = self._draft.profile()
        nowhere = self._visitor.ask(profile, Outgoing(method="POST", target="/cookielab-looks-for-nothing", json={}))
        for path in dict.fromkeys([*scripted, *words.SIGN_UP_REQUESTS]):
            self._visitor.fresh()
            reply = self._visitor.ask(profile, Outgoing(method="POST", target=path, json={}))
            if reply.status not in ASKED or (reply.status, reply.body) == (nowhere.status, nowhere.body):
                continue
            named = re.findall(r'"(\w{2,30})"', reply.body[:5000]) if reply.status in (400, 422) else []
            body = {name: _value(name) for name in ("username", "email", "name", *filter(_known, named), "password")}
            yield {"post": literal(path), "json": body}, "sign-up/email" in path, f"{path} takes a sign-up"
            yield {"post": literal(path), "json": body}, True, f"{path} takes a sign-up"


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    return value


def _known(name: str) -> bool:
    return (
        re.search(r"pass|mail|user.?name|^user$|^name$|login|nick|first|last|full|display", name, re.IGNORECASE)
        is not None
    )


def _value(name: str) -> str:
    if re.search(r"pass", name, re.IGNORECASE):
        return "{password}"
    return "{email}" if re.search(r"mail", name, re.IGNORECASE) else "{nick}"


def _errors(reply: Incoming) -> str:
    """What a page says is wrong, where it says so."""
    from ..document import document, text_of

    page = document(reply.body)
    found = [
        text_of(node) for node in page.css('[class*="error"], [class*="alert"], [class*="invalid"], [role="alert"]')[:3]
    ]
    return "; ".join(each[:120] for each in found if each) or "it does not say why"
