"""Finds a `note`: a form or a request of one's own pages that takes a text and shows it again, to oneself alone."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import UsageError
from ..exchange import Incoming
from ..extract import said
from ..forms import NoForm, PageForm, kind_of, value_of
from ..profile import Look
from . import words
from .draft import Draft
from .explore import Seen
from .pages import Page, buttons_of
from .probe import Visitor

MOST = 8
"""Notes that are tried: each changes something of the user's."""
TYPES = ("text", "textarea", "search", "url")


@dataclass(frozen=True, slots=True)
class Kept:
    """Words of `note:`, and what they were seen by."""

    note: dict[str, Any]
    why: str


class Keeper:
    """Tries notes as the first user, who is logged in; the other one, logged in too, looks whether it stays private."""

    def __init__(self, draft: Draft, seen: Seen, first: Visitor, other: Visitor, pages: Mapping[str, Page]) -> None:
        self._draft, self._seen, self._first, self._other = draft, seen, first, other
        self._pages = dict(pages)
        self.public = ""
        """A form whose text others are shown as well."""

    def find(self) -> Kept | None:
        """The first that is stored, read back and shown to nobody else, and changes nobody."""
        for number, (write, pages, why) in enumerate(self._writes()):
            if number >= MOST:
                return None
            if found := self._try(write, pages, why):
                return found
        return None

    def _try(self, write: dict[str, Any], pages: list[str], why: str) -> Kept | None:
        user, canary = self._draft.names[0], f"c-{secrets.token_hex(6)}"
        try:
            profile = self._draft.profile(note={"write": write})
            outcome, reply = self._first.play(
                profile, "write", dict(profile.user(user)) | {"canary": canary, "port": self._seen.port}
            )
        except (UsageError, NoForm):
            return None
        if not outcome.succeeded:
            return None
        landed = (
            [reply.url.partition("://")[2].partition("/")[2]] if reply.method == "GET" and reply.status == 200 else []
        )
        for target in dict.fromkeys([*pages, *(f"/{each}" for each in landed)]):
            got = self._first.get(profile, target, follow=False)
            if got.status != 200 or (read := self._reading(got, target, canary)) is None:
                continue
            if self._others_see(profile, target, canary):
                self.public = f"{why}: what it takes is shown to others at {target}"
                continue
            seen, _ = self._first.play(profile, "whoami", dict(profile.user(user)))
            if seen.view is None or seen.view.sighting != "this":
                return None
            note = {"write": write, "read": read}
            if self._of_each(note, canary):
                return Kept(note, f"{why}, read back at {target}")
        return None

    def _of_each(self, note: dict[str, Any], canary: str) -> bool:
        """Whether the other one, too, has a note there, and it is another: a page of one user's own has a number, maybe."""
        names = self._draft.names
        if len(names) < 2:
            return True
        profile, own = self._draft.profile(note=note), f"c-{secrets.token_hex(6)}"
        for visitor, name, wanted in ((self._other, names[1], own), (self._first, names[0], canary)):
            variables = dict(profile.user(name)) | {"canary": wanted, "port": self._seen.port}
            if wanted == own and not visitor.play(profile, "write", variables)[0].succeeded:
                return False
            read, _ = visitor.play(profile, "read", variables)
            if read.view is None or read.view.note != wanted:
                return False
        return True

    def _reading(self, reply: Incoming, target: str, canary: str) -> dict[str, Any] | None:
        """How the value is read off a page, None where it does not stand there."""
        if canary not in reply.body:
            return None
        page = Page(reply)
        for form in page.forms:
            for node in form.controls:
                name = node.attributes.get("name")
                if name and kind_of(node) in (*TYPES, "hidden", "textarea") and value_of(node).strip() == canary:
                    return {"get": target, "field": name}
        return {"get": target} if canary in said(reply) else None

    def _others_see(self, profile: Any, target: str, canary: str) -> bool:
        return canary in self._other.get(profile, target, follow=False).body

    # What may take a note

    def _writes(self) -> Iterator[tuple[dict[str, Any], list[str], str]]:
        """The write, the pages where it may be read, and why; the likeliest first."""
        found = list[tuple[int, dict[str, Any], list[str], str]]()
        for target, page in self._own_pages():
            for form in page.forms:
                for name, rank in self._fields(form):
                    step = self._filled(form, page, target, name)
                    found.append((rank, step, [target], f"the field {name} of a form on {target}"))
        for _, write, pages, why in sorted(found, key=lambda each: each[0]):
            yield write, pages, why
        yield from self._by_document()

    def _own_pages(self) -> Iterator[tuple[str, Page]]:
        """The pages that the user has been shown, and those that they lead to where something may be edited."""
        yield from self._pages.items()
        edit = re.compile(
            r"edit|note|profile|settings|account|bio|about|prefs|preferences|change|update|new", re.IGNORECASE
        )
        known, profile = set(self._pages), self._draft.profile()
        for page in list(self._pages.values()):
            for link in page.ways_on:
                if edit.search(link.words) and link.target not in known and len(known) < len(self._pages) + 8:
                    known.add(link.target)
                    reply = self._first.get(profile, link.target)
                    if reply.status == 200:
                        yield link.target, Page(reply)

    def _fields(self, form: PageForm) -> Iterator[tuple[str, int]]:
        says = (form.attribute("action"), form.attribute("id"), buttons_of(form), *self._hidden_methods(form))
        if form.passwords or form.attribute("method").lower() != "post" or not words.harmless(*says):
            return
        if form.speaks(words.LOGOUT) or form.speaks(words.LOGIN):
            return
        for node in form.controls:
            name, kind = node.attributes.get("name"), kind_of(node)
            if (
                not name
                or kind not in TYPES
                or words.NOT_A_NOTE.search(name)
                or {"readonly", "disabled"} & set(node.attributes)
            ):
                continue
            longest = node.attributes.get("maxlength") or ""
            if longest.isdigit() and int(longest) < 14:
                continue
            yield name, (0 if words.A_NOTE.search(name) else 2) + (kind != "textarea")

    def _hidden_methods(self, form: PageForm) -> Iterator[str]:
        for node in form.controls:
            if node.attributes.get("name") in ("_method", "action", "do", "cmd", "op") and kind_of(node) == "hidden":
                yield value_of(node)

    def _filled(self, form: PageForm, page: Page, target: str, name: str) -> dict[str, Any]:
        """The form with the note in one field, and something in others that must not be empty."""
        fields = {name: "{canary}"}
        for node in form.controls:
            other = node.attributes.get("name")
            if (
                other
                and other != name
                and "required" in node.attributes
                and kind_of(node) in TYPES
                and not value_of(node)
            ):
                fields[other] = "Cookie Lab"
        own = {} if len(page.forms) == 1 else page.only(form)
        return {"form": {"page": target, **own, "fields": fields}}

    def _by_document(self) -> Iterator[tuple[dict[str, Any], list[str], str]]:
        """What an API stores: a text of one's own record, or of a resource that is read at the same path."""
        look = self._draft.profile().me
        me = look.get if isinstance(look, Look) else look
        document = self._seen.document
        for operation in [*document.notes(), *document.changes()]:
            reads = [each.path for each in document.operations if each.method == "get" and each.path == operation.path]
            for name in [text for text in operation.texts if not words.NOT_A_NOTE.search(text)][:2]:
                others = {field: "Cookie Lab" for field in operation.needed if field != name}
                body = others | {name: "{canary}"}
                step = {operation.method: operation.path} | (
                    {"fields": body} if operation.kind == "form" else {"json": body}
                )
                pages = [*reads, *([me] if isinstance(me, str) else [])]
                yield step, pages, f"the text {name} of {operation.method.upper()} {operation.path}"
