"""Finds `change_password`: a form behind the login that asks for the old password and a new one, and does what it says.

To prove it is to change a password. So it is tried only where the lab starts the server and throws away all that it wrote.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import UsageError
from ..forms import NoForm, PageForm
from . import words
from .draft import Draft, literal
from .entering import Entrance, Way
from .explore import Seen
from .pages import Page
from .probe import Visitor

MOST = 3
"""Forms that are tried."""
LINKS = 5
_CHANGES = re.compile(r"pass.?word|passwort|contrase|mot.de.passe|\bsecurity\b", re.IGNORECASE)
_FORGOTTEN = re.compile(r"forgot|lost|reset|recover|vergessen", re.IGNORECASE)
_OLD = re.compile(r"old|current|existing|aktuell|actuel", re.IGNORECASE)


def thrown_away(draft: Draft) -> bool:
    """Whether a changed password harms nobody: the lab starts the server, and it reaches nothing that stays."""
    return "run" in draft.written and not draft.written.get("reach")


@dataclass(frozen=True, slots=True)
class Change:
    """Words of `change_password:`, and what they were seen by."""

    words: Any
    why: str


class Changer:
    """Tries it as the first user. `pages`: what that user has been shown."""

    def __init__(self, draft: Draft, seen: Seen, visitor: Visitor, pages: dict[str, Page]) -> None:
        self._draft, self._seen, self._visitor, self._pages = draft, seen, visitor, pages
        self.spoilt = False
        """A password may be another one now, so the server is to be started anew."""

    def find(self, way: Way) -> Change | None:
        """The first form after which the new password lets in, and the old one does not."""
        name = self._draft.names[0]
        tried = list[Any]()
        if not self._draft.user(name).get("password"):
            return None
        if not Entrance(self._draft, self._seen, self._visitor).enter(way, name):
            return None
        for step, why in self._steps():
            if step in tried or len(tried) >= MOST:
                continue
            tried.append(step)
            if self._proven(way, name, step):
                return Change(step, f"{why}; {name} got in by a new password then, and by the old one no more")
        return None

    def _proven(self, way: Way, name: str, step: dict[str, Any]) -> bool:
        new = f"Lab-{secrets.token_hex(4)}-Xy7!"
        try:
            profile = self._draft.profile(change_password=step)
            variables = dict(profile.user(name)) | {"new_password": new, "port": self._seen.port}
            self.spoilt = True
            outcome, _ = self._visitor.play(profile, "change_password", variables)
        except (UsageError, NoForm):
            return False
        old = variables["password"]
        return outcome.succeeded is True and not self._lets_in(way, name, old) and self._lets_in(way, name, new)

    def _lets_in(self, way: Way, name: str, password: str) -> bool:
        self._visitor.fresh()
        users = {**self._draft.written["users"]}
        users[name] = {**users[name], "password": password}
        profile = self._draft.profile(**{"login": way.login, "users": users} | (way.more or {}))
        variables = dict(profile.user(name))
        try:
            outcome, _ = self._visitor.play(profile, "login", variables | {"port": self._seen.port})
            seen, _ = self._visitor.play(profile, "whoami", variables)
        except NoForm:
            return False
        return bool(outcome.succeeded) and seen.view is not None and seen.view.sighting == "this"

    def _steps(self) -> Iterator[tuple[dict[str, Any], str]]:
        for target, page, why in self._places():
            for form in page.forms:
                if fields := _fields(form):
                    step = {"page": literal(target), "fields": fields} | (
                        page.only(form) if len(page.forms) > 1 else {}
                    )
                    yield {"form": step}, f"a form for a new password at {target} ({why})"

    def _places(self) -> Iterator[tuple[str, Page, str]]:
        """Pages that may hold such a form: those that were shown, what they link to, the usual ones."""
        for target, page in self._pages.items():
            yield target, page, "a page of one's own"
        linked = {
            link.target: f"linked from {target}"
            for target, page in self._pages.items()
            for link in page.ways_on
            if _CHANGES.search(link.words) and not _FORGOTTEN.search(link.words)
        }
        chosen = dict(list(linked.items())[:LINKS])
        for target, why in (chosen | dict.fromkeys(words.PASSWORD_PAGES, "a usual place")).items():
            if target not in self._pages:
                reply = self._visitor.get(self._draft.profile(), target, follow=False)
                if reply.status == 200:
                    yield target, Page(reply), why


def _fields(form: PageForm) -> dict[str, str]:
    """What goes into a form's password fields; nothing where it does not ask for the old password and a new one."""
    if len(form.passwords) not in (2, 3) or form.speaks(words.DESTROYS):
        return {}
    said = {node.attributes.get("name") or "": " ".join(map(str, node.attributes.values())) for node in form.passwords}
    old = [name for name, text in said.items() if name and _OLD.search(text)]
    if len(old) != 1 or len(said) != len(form.passwords):
        return {}
    return {name: "{password}" if name == old[0] else "{new_password}" for name in said}
