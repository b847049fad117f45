"""Finds `me`: the page that tells one user from another and from nobody, read the way the preflight will read it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from ...errors import UsageError
from ..exchange import Incoming, Learnt
from ..profile import Look, Profile
from ..sight import sighted
from . import words
from .draft import LIKELY, SURE, Draft, literal
from .entering import Entrance, Way
from .explore import NOWHERE, Seen, nothing
from .pages import Page, target_of
from .probe import Visitor
from .recognising import Spot, around, names_in, spots

MOST = 32
"""Pages that one user is looked for on."""
SHORTLIST = 7
"""Pages that strangers and the other user are shown as well."""
GOOD, WORST = 2, 9
"""A rank that needs no better, and none at all."""
LONG = 3.0
"""Seconds after which what has been found is good enough."""


@dataclass(frozen=True, slots=True)
class Me:
    """A `me` that was proven, the words of `users:` that go with it, and what it was seen by."""

    me: dict[str, Any]
    users: dict[str, dict[str, str]]
    why: str
    sure: str = SURE


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one page showed to whom. `second`: to the first user in another session; `none`: to a stranger."""

    first: Incoming
    none: Incoming
    other: Incoming | None = None
    second: Incoming | None = None


@dataclass(slots=True)
class Looker:
    """Goes through pages as the first user, then shows the promising ones to a stranger and to the other user.

    `pages`: what the first user was shown, by target.
    """

    draft: Draft
    seen: Seen
    first: Visitor
    other: Visitor
    pages: dict[str, Page] = field(default_factory=dict)

    def find(self, way: Way, landing: Incoming | None) -> Me | None:
        """The best `me` for users who log in by this way; None where no page tells them apart."""
        draft, names = self.draft, self.draft.names
        base = draft.profile(**{"login": way.login} | (way.more or {}))
        self.pages = {}
        promising = self._as_first(base, landing, names[0])
        shown = self._to_others(base, way, list(promising), names)
        best = min(
            (found for target in shown for found in self._told(base, target, shown[target], names)),
            key=lambda pair: pair[0], default=None,
        )  # fmt: skip
        return best[1] if best else self._by_difference(base, way, shown, names) or self._leaking(base, shown, names)

    # Pages as the first user

    def _as_first(self, base: Profile, landing: Incoming | None, user: str) -> dict[str, int]:
        """The targets where the user's names stand, best first; without any, those that could."""
        ranks: dict[str, int] = {}
        begun = time.monotonic()
        markers = list(self._markers(base, user).values())
        for target in self._targets(base, landing, user):
            if len(self.pages) == 3 or target == words.PRIVATE_PAGES[0]:
                self.seen.inside = self.seen.inside or self.first.get(base, NOWHERE, follow=False)
            reply = self.first.get(base, _filled(target, base, user), follow=False)
            if reply.status != 200 or reply.error or (len(self.pages) > 2 and nothing(reply, self.seen.inside)):
                continue
            self.pages[target] = Page(reply)
            found = [spot.rank for marker in markers for spot in _candidates(reply, marker)]
            if found:
                ranks[target] = min(found)
            if self._enough(min(ranks.values(), default=WORST), time.monotonic() - begun):
                break
        chosen = sorted(ranks, key=lambda target: ranks[target])[:SHORTLIST]
        return {target: ranks[target] for target in chosen} or dict.fromkeys(list(self.pages)[:SHORTLIST], WORST)

    def _enough(self, best: int, seconds: float) -> bool:
        """Whether to look on would be worth less than it costs: the better the best is, the sooner."""
        seen = len(self.pages)
        if best <= GOOD:
            return seen >= 3
        return seen >= MOST or (best < WORST and (seen >= (6 if best == GOOD + 1 else 14) or seconds > LONG))

    def _targets(self, base: Profile, landing: Incoming | None, user: str) -> Iterator[str]:
        """Where it may stand, each once."""
        given = self.draft.given.get("me")
        if isinstance(given, str):
            yield given
            return
        told = set[str]()
        for each in self._all(landing):
            target = _template(each, base, user)
            if target not in told and len(target) < 300 and words.harmless(target) and not words.LOGOUT.search(target):
                told.add(target)
                yield target

    def _all(self, landing: Incoming | None) -> Iterator[str]:
        if landing is not None and landing.method == "GET":
            yield urlsplit(landing.url).path or "/"
            yield target_of(landing.url)
        yield "/"
        yield from self.seen.private
        document = [operation.path for operation in self.seen.document.private()]
        yield from document
        preset = self.seen.preset.me if self.seen.preset else None
        yield from filter(
            None, [preset if isinstance(preset, str) else preset.get if isinstance(preset, Look) else None]
        )
        linked = [link for page in list(self.pages.values()) for link in page.ways_on]
        if landing is not None:
            linked = [*Page(landing).ways_on, *linked]
        linked = [link for link in linked if not words.LOGOUT.search(link.words) and not words.LOGIN.search(link.words)]
        yield from [link.target for link in linked if words.PRIVATE.search(link.words)][:10]
        yield from [path for path in self.seen.scripted if words.PRIVATE.search(path)][:10]
        yield from words.PRIVATE_PAGES
        yield from [link.target for link in linked][:10]

    # The same pages as others see them

    def _to_others(self, base: Profile, way: Way, targets: list[str], names: tuple[str, ...]) -> dict[str, _Shown]:
        """What a stranger is shown, at another address where nobody has logged in; then the other user, who logs in there."""
        self.other.fresh()
        none = {target: self.other.get(base, _filled(target, base, names[0]), follow=False) for target in targets}
        bobs: dict[str, Incoming] = {}
        if len(names) > 1:
            entrance = Entrance(self.draft, self.seen, self.other)
            if not entrance.enter(way, names[1]):
                self.draft.notes.append(f"{names[1]} does not get in: {entrance.refused[:200]}")
                return {}
            for target in targets:
                bobs[target] = self.other.get(base, _filled(target, base, names[1]), follow=False)
        return {target: _Shown(self.pages[target].reply, none[target], bobs.get(target)) for target in targets}

    def _told(
        self, base: Profile, target: str, shown: _Shown, names: tuple[str, ...]
    ) -> Iterator[tuple[tuple[int, int], Me]]:
        """The places of a page that name both users rightly and nobody to a stranger, by the users' known names."""
        own = {name: self._markers(base, name) for name in names}
        for kind, marker in own[names[0]].items():
            markers = {name: own[name].get(kind, "") for name in names}
            if len(set(markers.values())) < len(names) or not all(markers.values()):
                continue
            users = self._users(base, names, markers)
            for spot in _candidates(shown.first, marker):
                if found := self._proven(target, spot, users, shown, markers):
                    yield (spot.rank, list(self.pages).index(target)), found
                    break

    def _proven(
        self, target: str, spot: Spot, users: dict[str, dict[str, str]], shown: _Shown, markers: Mapping[str, str]
    ) -> Me | None:  # fmt: skip
        me, names = {"get": target, **spot.see}, tuple(markers)
        try:
            profile = self.draft.profile(me=me, users=users)
        except UsageError:
            return None
        look = profile.me
        if not isinstance(look, Look):
            return None
        none = {key: value for key, value in profile.user(names[0]).items() if key != "name"}
        nobody = sighted(profile, look, shown.none, none)
        if nobody.sighting in ("this", "another", "several") or shown.none.status is None or shown.none.status >= 500:
            return None
        learnt = Learnt(anonymous=nobody.seen)
        for name, reply in zip(names, (shown.first, shown.other), strict=False):
            if reply is None or sighted(profile, look, reply, profile.user(name), learnt).sighting != "this":
                return None
        other = f", {markers[names[1]]!r} to {names[1]}" if len(names) > 1 else ""
        why = f"it shows {markers[names[0]]!r} to {names[0]}{other}, and answers {_short(shown.none)} to a stranger"
        return Me(me, users, f"{target}: {why}")

    def _leaking(self, base: Profile, shown: Mapping[str, _Shown], names: tuple[str, ...]) -> Me | None:
        """A place that names the first user to a stranger as well, who was refused it before the user had logged in, or who
        may log out there now, and could not then. The preflight will say what that is.
        """
        for target, of in shown.items():
            before = self.seen.strange.get(target)
            if before is None or of.none.status != 200:
                continue
            if before.status not in (401, 403) and (Page(before).leads_out or not Page(of.none).leads_out):
                continue
            for kind, marker in self._markers(base, names[0]).items():
                markers = {name: self._markers(base, name).get(kind, "") for name in names}
                for spot in _candidates(of.first, marker):
                    users = self._users(base, names, markers)
                    if (
                        spot.see
                        and all(markers.values())
                        and self._shows(target, spot, users, names[0], of.first, of.none)
                    ):
                        why = f"it shows {marker!r} to {names[0]}, and since then to a stranger, too, who has not logged in"
                        return Me({"get": target, **spot.see}, users, f"{target}: {why}", LIKELY)
        return None

    def _shows(
        self, target: str, spot: Spot, users: dict[str, dict[str, str]], user: str, *replies: Incoming
    ) -> bool:  # fmt: skip
        """Whether a place names this user in each of the replies."""
        try:
            profile = self.draft.profile(me={"get": target, **spot.see}, users=users)
        except UsageError:
            return False
        look = profile.me
        return isinstance(look, Look) and all(
            sighted(profile, look, reply, profile.user(user), Learnt()).sighting == "this" for reply in replies
        )

    def _by_difference(self, base: Profile, way: Way, shown: Mapping[str, _Shown], names: tuple[str, ...]) -> Me | None:
        """A place that shows the first user the same in two sessions, and the other user something else."""
        if len(names) < 2 or not shown or not Entrance(self.draft, self.seen, self.first).enter(way, names[0]):
            return None
        found: list[tuple[int, Me]] = []
        for target, of in shown.items():
            again = self.first.get(base, _filled(target, base, names[0]), follow=False)
            maps = [
                {tuple(s.see.items()): s for s in spots(r)}
                for r in (of.first, again, of.other, of.none)
                if r is not None
            ]
            if len(maps) < 4:
                continue
            one, two, bob, none = maps
            for place, spot in one.items():
                values = [m[place].value.strip() if place in m else "" for m in (one, two, bob, none)]
                if values[0] != values[1] or values[0] in values[2:] or values[2] == values[3] or not values[2]:
                    continue
                markers = dict(zip(names, _apart(values[0], values[2]), strict=True))
                if all(len(marker) > 2 and marker.isprintable() for marker in markers.values()):
                    users = self._users(base, names, markers)
                    if me := self._proven(target, spot, users, of, markers):
                        found.append((spot.rank, me))
        return min(found, key=lambda pair: pair[0], default=(0, None))[1]

    # Users

    def _markers(self, base: Profile, name: str) -> dict[str, str]:
        """The names by which a page may call a user, by kind."""
        own = base.user(name)
        if own["marker"] != own["username"]:
            return {"marker": own["marker"]}
        known = {"username": own["username"], "local": own["username"].partition("@")[0], "name": name}
        known |= {
            key: value for key, value in own.items() if key not in ("password", "marker", *known) and len(value) > 2
        }
        return {kind: value for kind, value in known.items() if len(value) > 1}

    def _users(self, base: Profile, names: Iterable[str], markers: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The users of the draft, with the marker where a page calls them by another name than they log in by."""
        users = {name: dict(own) for name, own in (self.draft.written.get("users") or {}).items()}
        for name in names:
            if markers[name] != base.user(name)["marker"]:
                users[name] = users[name] | {"marker": markers[name]}
        return users


def _candidates(reply: Incoming, marker: str) -> list[Spot]:
    """The places of a reply where a marker stands, best first; last of all its text as a whole."""
    found = list[Spot]()
    for spot in spots(reply, marker):
        value = spot.value.strip()
        exact = value == marker or ("@" in marker and value.casefold() == marker.casefold())
        if exact or ("css" in spot.see and len(marker) > 2 and names_in(value, marker)):
            found.append(Spot(spot.see, value, spot.rank + (not exact)))
    if len(marker) > 2:
        found += around(reply, marker)
        if names_in(reply.body, marker):
            found.append(Spot({}, marker, 6))
    return sorted(found, key=lambda spot: spot.rank)[:8]


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two texts without the words that both begin and end with."""
    mine, theirs = one.split(), other.split()
    while len(mine) > 1 and len(theirs) > 1 and mine[0] == theirs[0]:
        mine, theirs = mine[1:], theirs[1:]
    while len(mine) > 1 and len(theirs) > 1 and mine[-1] == theirs[-1]:
        mine, theirs = mine[:-1], theirs[:-1]
    return (" ".join(mine), " ".join(theirs)) if mine and theirs else (one, other)


def _template(target: str, base: Profile, user: str) -> str:
    """A target of one user's as everybody's: the user's own name in its path is a variable."""
    name = quote(base.user(user)["username"])
    path, mark, query = target.partition("?")
    parts = [("{username}" if part == name and len(name) > 2 else literal(part)) for part in path.split("/")]
    return "/".join(parts) + mark + literal(query)


def _filled(target: str, base: Profile, user: str) -> str:
    own = base.user(user)
    text = target.replace("{username}", quote(own["username"]))
    return text.replace("{{", "{").replace("}}", "}")


def _short(reply: Incoming) -> str:
    where = reply.header("Location")
    if where and reply.status and 300 <= reply.status < 400:
        return f"{reply.status} to {urlsplit(where).path[:60]}"
    return str(reply.status)
