"""Finds `logout`: a form or a link that says so, a request of the document's or a usual one, after which one is nobody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ...errors import UsageError
from ..exchange import Incoming, Outcome
from ..forms import NoForm
from ..profile import Profile
from . import words
from .draft import Draft, literal
from .entering import FORGED, Entrance, Way, csrf_of, origin_of
from .explore import Seen, nothing
from .pages import Link, Page
from .probe import Visitor

_TOKEN = re.compile(r"(?=.*\d)[\w-]{8,}")
MOST = 16
"""Ways out that are tried."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Words of `logout:`, and what they were seen by. `seen`: a page says that this logs out."""

    logout: Any
    why: str
    seen: bool = False


class Leaver:
    """Tries ways out as the first user. `pages`: what that user has been shown."""

    def __init__(self, draft: Draft, seen: Seen, visitor: Visitor, pages: dict[str, Page]) -> None:
        self._draft, self._seen, self._visitor, self._pages = draft, seen, visitor, pages
        self.unproven: Exit | None = None
        """The best of those after which the server still knows who one is, or says so."""
        self.still = ""
        self._trail: list[Incoming] = []
        self._jar_lost = False

    def find(self, way: Way) -> Exit | None:
        """The first way out that leads out."""
        user, inside = self._draft.names[0], False
        tried = list[Any]()
        for way_out in self._ways():
            if way_out.logout in tried or len(tried) >= MOST:
                continue
            tried.append(way_out.logout)
            if not inside and not Entrance(self._draft, self._seen, self._visitor).enter(way, user):
                return None
            gone, outcome = self._leave(way_out.logout, user)
            if gone and outcome is not None and outcome.succeeded:
                return way_out
            if gone and outcome is not None and (said := self._expecting(way_out)):
                return said
            inside = not gone and not self._cookies_went()
            for guarded in self._guarded(way_out):
                gone, outcome = self._leave(guarded.logout, user)
                if gone and outcome is not None and outcome.succeeded:
                    return guarded
            if outcome is not None and outcome.succeeded and way_out.seen and self._jar_lost and self.unproven is None:
                self.unproven = way_out
        return None

    def _leave(self, logout: Any, user: str) -> tuple[bool, Outcome | None]:
        """Whether one is nobody after it, and what was made of it."""
        held = set(self._visitor.trail[-1].jar) if self._visitor.trail else set()
        try:
            profile = self._draft.profile(logout=logout)
            outcome, _ = self._visitor.play(profile, "logout", self._variables(profile, user))
        except (UsageError, NoForm):
            return False, None
        self._trail = list(self._visitor.trail)
        self._jar_lost = bool(held - set(self._trail[-1].jar)) if self._trail else False
        seen, reply = self._visitor.play(profile, "whoami", dict(profile.user(user)))
        sighting = seen.view.sighting if seen.view else None
        if sighting in ("this", "another", "several"):
            self.still = f"afterwards {urlsplit(reply.url).path} still says {seen.view.user if seen.view else user}"
        return sighting not in ("this", "another", "several", "error"), outcome

    def _variables(self, profile: Profile, user: str) -> dict[str, str]:
        return dict(profile.user(user)) | {"port": self._seen.port}

    def _guarded(self, way_out: Exit) -> Iterator[Exit]:
        """The same with what a script's request has, where it was refused for want of that: a guard's value, an Origin."""
        refused, step = self._trail[-1] if self._trail else None, way_out.logout
        if (
            refused is None
            or refused.status not in FORGED
            or not isinstance(step, dict)
            or "form" in step
            or "csrf" in step
        ):
            return
        if csrf := csrf_of(refused.jar):
            yield Exit(
                step | {"csrf": csrf}, f"{way_out.why}; it wants the value of the cookie {csrf['cookie']}", way_out.seen
            )
        for target, page in self._pages.items():
            if page.html is not None and page.html.css_first('meta[name="csrf-token"]') is not None:
                csrf = {"get": target, "meta": "csrf-token", "header": "X-CSRF-Token"}
                yield Exit(step | {"csrf": csrf}, f"{way_out.why}; it wants the page's csrf-token", way_out.seen)
                break
        if self._seen.front is not None and "origin" in refused.body.lower():
            origin = origin_of(self._seen.front.url, ours="run" in self._draft.written)
            yield Exit(step | {"headers": {"Origin": origin}}, f"{way_out.why}; it wants an Origin", way_out.seen)

    def _cookies_went(self) -> bool:
        return any(name.lower() == "set-cookie" for reply in self._trail for name, _ in reply.headers)

    def _expecting(self, way_out: Exit) -> Exit | None:
        """The same, where it works and its reply is no success by itself: it leads to a page that is not there."""
        status = self._trail[-1].status if self._trail else None
        if status is None or status >= 500 or len(self._trail) < 2 or not isinstance(way_out.logout, str | dict):
            return None
        step = {"get": way_out.logout} if isinstance(way_out.logout, str) else way_out.logout
        return Exit(step | {"expect": status}, f"{way_out.why}; it ends with {status}", way_out.seen)

    # The ways, the likeliest first

    def _ways(self) -> Iterator[Exit]:
        pages = dict(self._pages)
        for target, page in pages.items():
            yield from self._forms(target, page)
        for target, page in pages.items():
            for link in page.links:
                if words.LOGOUT.search(link.words) and words.harmless(words.LOGOUT.sub("", link.words)):
                    yield from self._link(link, target, page)
        for operation in self._seen.document.logouts():
            step = {operation.method: literal(operation.path)}
            yield Exit(step, f"the OpenAPI document has {operation.method.upper()} {operation.path}", seen=True)
        preset = self._seen.preset
        if preset is not None and preset.logout is not None:
            from .draft import words_of

            yield Exit(words_of(preset.logout), f"where {self._seen.framework.name} has it")
        yield from self._usual()

    def _forms(self, target: str, page: Page) -> Iterator[Exit]:
        for form in page.forms:
            if form.passwords or not form.speaks(words.LOGOUT) or form.attribute("method").lower() == "dialog":
                continue
            action = form.attribute("action")
            own: dict[str, Any] = {"page": target}
            alone = sum(other.speaks(words.LOGOUT) for other in page.forms) == 1 and len(page.forms) == 1
            own |= {} if alone else page.only(form)
            yield Exit({"form": own}, f"a form on {target} that logs out ({action or 'its own page'})", seen=True)

    def _link(self, link: Link, target: str, page: Page) -> Iterator[Exit]:
        why = f"a link on {target} to {link.target}"
        path = literal(link.target)
        if link.method == "delete":
            csrf = {"get": target, "meta": "csrf-token", "header": "X-CSRF-Token"}
            yield Exit({"delete": path, "csrf": csrf}, f"{why} that a script makes a DELETE of", seen=True)
            yield Exit({"delete": path}, f"{why} that a script makes a DELETE of", seen=True)
            return
        if link.method == "post":
            yield Exit({"post": path}, f"{why} that a script makes a POST of", seen=True)
            return
        if any(_TOKEN.fullmatch(value) for _, value in parse_qsl(urlsplit(link.target).query)):
            css = f'a[href*="{_sign(link.target)}"]@href'
            yield Exit(
                [{"get": target, "extract": {"way_out": {"css": css}}}, {"get": "{way_out}"}],
                f"{why}, with a token",
                seen=True,
            )
        yield Exit(path, why, seen=True)
        yield Exit({"form": path}, f"{why}, where a form asks once more", seen=True)
        for name in page.guards:
            steps = [
                {"get": target, "extract": {"guard": {"field": name}}},
                {"post": path, "fields": {name: "{guard}"}},
            ]
            yield Exit(steps, f"{why} that a script makes a POST of, with the field {name}", seen=True)
        yield Exit({"post": path}, f"{why} that a script makes a POST of", seen=True)

    def _usual(self) -> Iterator[Exit]:
        scripted = [path for path in self._seen.scripted if words.LOGOUT.search(path)]
        for path in dict.fromkeys([*scripted, *self._like_the_login(), *words.LOGOUT_REQUESTS]):
            why = f"{path}, which is named in a script or on a page" if path in scripted else f"{path}, a usual place"
            reply = self._visitor.get(self._draft.profile(), path, follow=False)
            if (
                nothing(reply, self._seen.inside or self._seen.nowhere)
                and path not in scripted
                and not self._takes_a_post(path)
            ):
                continue
            if reply.status == 200 and Page(reply).forms:
                yield Exit({"form": literal(path)}, f"the form at {path}")
            yield Exit(literal(path), why)
            yield Exit({"post": literal(path)}, why)
            yield Exit({"post": literal(path), "json": {}}, why)
        for path in words.SESSIONS:
            yield Exit({"delete": path}, f"{path}, a usual place")

    def _takes_a_post(self, path: str) -> bool:
        """Express and others answer a GET by 404 where there is a POST."""
        return path in ("/logout", "/api/logout", "/auth/logout", "/api/auth/logout") or path in self._like_the_login()

    def _like_the_login(self) -> list[str]:
        """What stands beside the login: /auth/cookie/logout beside /auth/cookie/login."""
        found = list[str]()
        for text in re.findall(r"'(/[^'?{]*)", repr(self._draft.written.get("login"))):
            for old, new in (
                ("login", "logout"),
                ("log_in", "log_out"),
                ("signin", "signout"),
                ("sign-in", "sign-out"),
                ("sign_in", "sign_out"),
            ):
                if old in text:
                    found += [text.replace(old, new), re.sub(rf"{new}/\w+$", new, text.replace(old, new))]
        return list(dict.fromkeys(found))


def _sign(target: str) -> str:
    """The part of a link by which it is found again: what says that it logs out."""
    found = words.LOGOUT.search(target)
    return found[0] if found else "logout"
