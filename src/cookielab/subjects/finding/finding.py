"""The order in which things are found out: a look about, accounts, the login with `me`, the note, the way out, the password."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ...errors import UsageError
from ..forms import NoForm
from ..profile import Profile, Written
from . import writing
from .changing import Changer, thrown_away
from .draft import LIKELY, Draft, begun
from .entering import Entrance, Way
from .explore import Explorer, Seen
from .keeping import Keeper
from .leaving import Leaver
from .looking import Looker
from .pages import Page
from .probe import Budget, Probe, Visitor
from .signing_up import SignUp

HEAD = (
    "How people use this server, for `cookielab check`. `cookielab init` found it out; each comment says what a line rests on, "
    "and what is not right may be changed by hand: docs/checking.md tells what a profile can say."
)
LINES = {
    "users": "users:\n  alice: {password: HER-PASSWORD}\n  bob: {password: HIS-PASSWORD}",
    "login": "login: {form: /login}          # or  json: {post: /api/login, body: {…}} · browser: login.py (cookielab record URL)",
    "me": "me: {get: /profile, css: \"#me\"}   # a page that says who is logged in; or  json: user.name · regex: 'Hello, (\\w+)'",
    "note": 'note: {write: {form: {page: /profile/edit, fields: {bio: "{canary}"}}}, read: {get: /profile/edit, field: bio}}',
    "logout": "logout: {form: /logout}        # or  {get: /logout} · {post: /logout}",
}
TAKEN = (
    "/ offers a way out to a browser that has never been used, which it did to nobody before others had logged in: the server takes "
    "it for somebody, by its address or by who came last. That is a mistake of its own, and it hides what is looked for here."
)


@dataclass(frozen=True, slots=True)
class Found:
    """What came out. `text`: the file; `guesses`: a line each; `missing`: what was looked for in vain, with the line to
    fill in, and without users that is how they log in alone; `lacking`: the keys without which nothing can be checked; `requests` and `seconds`: what it took;
    `spoilt`: a user's password may have been changed, so the server is to be started anew."""

    profile: Profile
    text: str
    guesses: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    lacking: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    spoilt: bool = False


def find(
    probe: Probe, given: Written, file: Path | None = None, guessed: Mapping[str, str] = MappingProxyType({})
) -> Found:
    """Finds out what `given` does not say. Nothing of it is written; `file` is where the profile is to stand.

    `guessed`: keys of `given` that are a guess, by which the server has been started already, and why.
    """
    return _Finding(probe, begun(given, guessed, file)).all()


class _Finding:
    def __init__(self, probe: Probe, draft: Draft) -> None:
        self.draft, self.budget = draft, Budget()
        first, other = probe.browsers()
        self.first, self.other = Visitor(first, self.budget), Visitor(other, self.budget)
        self.seen = Seen()
        self.changer: Changer | None = None

    def all(self) -> Found:
        explorer = Explorer(self.first, self.draft.profile())
        self.seen = explorer.seen
        explorer.look()
        if not self.draft.names and "users" not in self.draft.given:
            explorer.look_for_sign_up()
            with self.budget.part(24, 6.0):
                self._sign_up()
        looker = Looker(self.draft, self.seen, self.first, self.other)
        way = self._enter(looker) if self.draft.names else None
        if not self.draft.names:
            self._login_alone()
        if way is not None and "me" in self.draft.written:
            if not self.draft.has("note"):
                with self.budget.part(45, 6.0):
                    self._keep(looker, way)
            if not self.draft.has("logout"):
                with self.budget.part(60, 6.0):
                    self._leave(looker, way)
            if not self.draft.has("change_password") and thrown_away(self.draft):
                with self.budget.part(40, 6.0):
                    self._change(looker, way)
        if "me" not in self.draft.written:
            with self.budget.part(8, 3.0):
                self._taken_for_somebody()
        self._name_what_is_missing()
        return self._found()

    def _sign_up(self) -> None:
        sign_up = SignUp(self.draft, self.seen, self.first, self.other)
        if made := sign_up.find():
            self.draft.take("create", made.create, f"{made.why}; alice and bob were made by it")
            self.draft.take("users", made.users, "made up, for the sign-up")
        else:
            why = (
                f"The sign-up that is there refused: {sign_up.refused}" if sign_up.refused else "No sign-up was found."
            )
            self.draft.lack("users", f"users: none were given (--user NAME:PASSWORD, twice). {why}", LINES["users"])

    def _enter(self, looker: Looker) -> Way | None:
        """The way to log in that lets both in, together with a page that tells them apart."""
        entrance = Entrance(self.draft, self.seen, self.first)
        entered: Way | None = None
        with self.budget.part(120, 14.0):
            for way in entrance.find():
                entered = entered or way
                found = looker.find(way, entrance.landing)
                if found is not None:
                    self._take_login(way, found.sure, f"{' and '.join(self.draft.names)} got in by it")
                    self.draft.take("me", found.me, found.why, found.sure)
                    if found.users != self.draft.written.get("users"):
                        self.draft.given["users"] = found.users
                        self.draft.notes.append(
                            "marker: what the pages call the users, where it is not what they log in by"
                        )
                    return way
        if entered is not None:
            self._take_login(entered, LIKELY, f"{self.draft.names[0]} seemed to get in")
        elif seen := entrance.seen_only():
            self._take_login(
                seen, "seen", f"{self.draft.names[0]} did not get in: {next(iter(entrance.refusals), 'not tried')}"
            )
        return None

    def _take_login(self, way: Way, sure: str, why: str) -> None:
        self.draft.take("login", way.login, f"{way.why}; {why}", sure)
        for key, value in (way.more or {}).items():
            self.draft.take(key, value, "what the login wants")

    def _login_alone(self) -> None:
        if way := Entrance(self.draft, self.seen, self.first).seen_only():
            self._take_login(way, LIKELY, "nobody has tried it")

    def _keep(self, looker: Looker, way: Way) -> None:
        keeper = Keeper(self.draft, self.seen, self.first, self.other, looker.pages)
        entrance = Entrance(self.draft, self.seen, self.first)
        if entrance.enter(way, self.draft.names[0]) and (kept := keeper.find()):
            self.draft.take("note", kept.note, kept.why)
        elif keeper.public:
            self.draft.notes.append(
                f"note: {keeper.public}. If that is meant, add it as a note with `shared: true`; if not, it is a leak."
            )

    def _leave(self, looker: Looker, way: Way) -> None:
        leaver = Leaver(self.draft, self.seen, self.first, looker.pages)
        if found := leaver.find(way):
            self.draft.take("logout", found.logout, f"{found.why}; afterwards one is nobody")
            self._other_leaves()
        elif leaver.unproven is not None:
            self.draft.take("logout", leaver.unproven.logout, f"{leaver.unproven.why}; but {leaver.still}", LIKELY)
        elif leaver.still:
            self.draft.lack("logout", f"logout: what was tried logs nobody out: {leaver.still}.", LINES["logout"])

    def _change(self, looker: Looker, way: Way) -> None:
        self.changer = Changer(self.draft, self.seen, self.first, looker.pages)
        if found := self.changer.find(way):
            self.draft.take("change_password", found.words, found.why)

    def _other_leaves(self) -> None:
        """Whoever is still logged in may be remembered by more than a cookie, and the preflight comes from the same place."""
        profile, user = self.draft.profile(), self.draft.names[-1]
        with suppress(UsageError, NoForm):
            self.other.play(profile, "logout", dict(profile.user(user)) | {"port": self.seen.port})

    def _taken_for_somebody(self) -> None:
        """Says so where a browser that has never been used is shown what is shown to whoever is logged in."""
        before = self.seen.strange.get("/")
        for visitor in (self.first, self.other) if before is not None and not Page(before).leads_out else ():
            visitor.fresh()
            if Page(visitor.get(self.draft.profile(), "/")).leads_out:
                self.draft.notes.append(TAKEN)
                return

    def _name_what_is_missing(self) -> None:
        over = f" ({self.budget.over})" if self.budget.over else ""
        away = f" The server sends people to {self.seen.away}, which is not the server." if self.seen.away else ""
        why = {
            "users": "users: nobody is known who could log in (--user NAME:PASSWORD, twice).",
            "login": f"login: no form with a password field and no request was found by which people log in{over}.{away}",
            "me": f"me: no page was found that says who is logged in{over}.",
            "note": f"note: no form was found that takes a text and shows it again to whoever wrote it, alone{over}.",
            "logout": f"logout: no link, form or request was found that logs out{over}.",
        }
        for key, line in LINES.items():
            if key not in self.draft.written and key not in self.draft.missing:
                self.draft.lack(key, why[key], line)

    def _found(self) -> Found:
        draft, framework = self.draft, self.seen.framework
        head = f"{HEAD} Framework: {framework.name}, by {framework.why}." if framework.name else HEAD
        sought = {key: each for key, each in draft.missing.items() if draft.names or key in ("users", "login")}
        missing = [f"{why} Add: {line.replace(chr(10), chr(10) + '  ')}" for why, line in sought.values()]
        return Found(
            draft.profile(), writing.text(draft, head), [*writing.told(draft), *writing.remarks(draft)], [writing.clean(each, 900) for each in missing],
            tuple(key for key in ("users", "login", "me") if key not in draft.written), self.budget.asked, self.budget.seconds,
            self.changer is not None and self.changer.spoilt,
        )  # fmt: skip
