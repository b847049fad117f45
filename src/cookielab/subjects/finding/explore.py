"""A stranger looks about: where people log in, where they sign up, which pages are not for strangers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .. import reading
from ..exchange import Incoming
from ..hops import REDIRECTS, own_target, redirect
from ..profile import Form, Login, Profile
from ..sight import shape
from . import words
from .framework import Framework, framework
from .openapi import Document
from .pages import Page, paths_in, paths_listed, target_of
from .probe import Visitor

NOWHERE = "/cookielab-looks-for-what-is-not-there"


@dataclass(frozen=True, slots=True)
class Place:
    """A page with a form that matters, and how it was come by."""

    page: Page
    target: str
    why: str


@dataclass(slots=True)
class Seen:
    """What a stranger has seen. `private`: targets that sent to a login or were refused."""

    front: Incoming | None = None
    logins: list[Place] = field(default_factory=list)
    sign_ups: list[Place] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    basic: list[str] = field(default_factory=list)
    scripted: list[str] = field(default_factory=list)
    loose: list[Page] = field(default_factory=list)
    document: Document = field(default_factory=lambda: Document(None))
    framework: Framework = field(default_factory=Framework)
    preset: Profile | None = None
    nowhere: Incoming | None = None
    inside: Incoming | None = None
    """What is shown at a path that is not there: to a stranger, and to somebody who has logged in."""
    strange: dict[str, Incoming] = field(default_factory=dict)
    """What a stranger was shown before anybody had logged in, by target."""
    away: str = ""
    """Where the server sends people that is not the server itself."""

    @property
    def port(self) -> str:
        """The server's port, as people write it."""
        return str(urlsplit(self.front.url).port or "") if self.front is not None else ""


def nothing(reply: Incoming, nowhere: Incoming | None) -> bool:
    """Whether a page is what is shown where there is none."""
    if reply.status == 404:
        return True
    return nowhere is not None and nowhere.status == reply.status == 200 and shape(nowhere) == shape(reply)


class Explorer:
    """Goes from the front page to what looks like a login, then tries what is usual."""

    def __init__(self, visitor: Visitor, profile: Profile) -> None:
        self._visitor, self._profile = visitor, profile
        self.seen = Seen()
        self._asked = set[str]()

    def look(self) -> None:
        """All of it, each part within its share of the bounds."""
        budget = self._visitor.budget
        with budget.part(45, 12.0):
            self._front()
        with budget.part(12, 4.0):
            self.seen.nowhere = self._visitor.get(self._profile, NOWHERE)
            self.seen.scripted += paths_listed(self.seen.nowhere)
            if not self.seen.logins:
                self._documents()
            for path in [each for each in self.seen.scripted if words.PRIVATE.search(each)][:4]:
                if not words.LOGOUT.search(path) and not words.LOGIN.search(path):
                    self._see(path, "named in a script or on a page")
        self._know()
        with budget.part(40, 6.0):
            if not self.seen.logins and not self.seen.basic and not self.seen.document.logins():
                self._usual(words.LOGIN_PAGES, "a usual place of login pages")

    def look_for_sign_up(self) -> None:
        """Where people sign up, where no link has led there."""
        if not self.seen.sign_ups:
            with self._visitor.budget.part(14, 4.0):
                for target in words.SIGN_UP_PAGES:
                    self._see(target, "a usual place of sign-up pages")
                    if self.seen.sign_ups:
                        return

    def _front(self) -> None:
        page = self._see("/", "the front page")
        reply = self._visitor.trail[-1]
        if reply.status is None:
            self._visitor.budget.stopped = f"the front page gives no answer ({reply.error})"
            return
        self.seen.front = reply
        if page is None:
            return
        self.seen.scripted += page.paths_in_scripts
        links = list(page.ways_on)
        for of, most in ((words.LOGIN, 6), (words.SIGN_UP, 3)):
            for link in [each for each in links if of.search(each.words)][:most]:
                self._see(link.target, f"linked from {page.target}")
        rest = [link for link in links if not words.SIGN_UP.search(link.words) and not words.LOGIN.search(link.words)]
        rest.sort(key=lambda link: not words.PRIVATE.search(link.words))
        more = list[str]()
        for link in rest[:16]:
            if self.seen.logins and len(self.seen.private) >= 2:
                break
            inner = self._see(link.target, f"linked from {page.target}")
            if inner is not None and not self.seen.logins:
                more += [each.target for each in inner.ways_on if words.LOGIN.search(each.words)]
        for target in more[:8]:
            if not self.seen.logins:
                self._see(target, "linked from a page of the front page")
        if not self.seen.logins or self.seen.loose:
            for each in (page, *self.seen.loose[:1]):
                for script in each.scripts[:4]:
                    self.seen.scripted += paths_in(self._visitor.get(self._profile, script).body)

    def _documents(self) -> None:
        for target in words.DOCUMENTS:
            reply = self._visitor.get(self._profile, target)
            if document := Document(reply):
                self.seen.document = document
                return

    def _know(self) -> None:
        """The framework, and what people of it have as a preset."""
        seen = self.seen
        met = [reply for reply in self._visitor.met if not target_of(reply.url).endswith(words.DOCUMENTS)]
        seen.framework = framework(met)
        if seen.framework.preset:
            seen.preset = reading.made({"preset": seen.framework.preset})

    def _usual(self, targets: Iterable[str], why: str) -> None:
        own = list(self._of_preset())
        for target in dict.fromkeys([*own, *targets]):
            self._see(target, f"where {self.seen.framework.name} has it" if target in own else why)
            if self.seen.logins or self.seen.loose:
                return

    def _of_preset(self) -> Iterator[str]:
        login = self.seen.preset.login if self.seen.preset else None
        form = login.form if isinstance(login, Login) else None
        page = form.page if isinstance(form, Form) else form
        if page:
            yield page

    def _see(self, target: str, why: str) -> Page | None:
        """Opens a page and remembers what it is; None where it has been opened before or says nothing."""
        if target in self._asked or len(target) > 300:
            return None
        self._asked.add(target)
        reply = self.seen.strange[target] = self._visitor.get(self._profile, target)
        first = self._visitor.trail[0]
        if reply.status in REDIRECTS:
            self._where(reply)
        if "basic" in (reply.header("WWW-Authenticate") or "").lower() and reply.status == 401:
            self.seen.basic.append(target)
        if reply.status is None or reply.status >= 400:
            if reply.status in (401, 403):
                self.seen.private.append(target)
            return None
        page = Page(reply)
        self._take(page, target, why, moved=reply.url != first.url)
        return page

    def _where(self, reply: Incoming) -> None:
        try:
            url = redirect(reply)
        except ValueError:
            return
        if url and own_target(url, reply.url, ()) is None and not self.seen.away:
            self.seen.away = url

    def _take(self, page: Page, target: str, why: str, *, moved: bool) -> None:
        here = page.target
        known = {urlsplit(place.target).path for place in self.seen.logins}
        if page.login_forms or page.name_forms:
            if moved and urlsplit(here).path != urlsplit(target).path:
                self.seen.private.append(target)
                why = f"{target} sends strangers there"
            if urlsplit(here).path not in known:
                self.seen.logins.append(Place(page, here, why))
        elif page.loose_password and not words.SIGN_UP.search(urlsplit(here).path):
            self.seen.loose.append(page)
            self.seen.scripted += page.paths_in_scripts
        if (page.sign_up_forms or page.sign_up_buttons) and all(place.target != here for place in self.seen.sign_ups):
            self.seen.sign_ups.append(Place(page, here, why))
