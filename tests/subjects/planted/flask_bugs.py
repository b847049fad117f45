"""Bugs in the Flask app."""

import secrets
import time
from collections import Counter
from functools import lru_cache
from itertools import count
from typing import Any

from correct.flask_others import OwnTable
from correct.flask_shop import Shop
from flask import Flask, redirect, request, session


class ModuleUser(Shop):
    """Each request says in a variable of the module who is there, and reads it again when the page is made."""

    current: str | None = None

    def who(self) -> str | None:
        self.current = session.get("user")
        time.sleep(0.005)  # a database
        return self.current


class MemoisedView(Shop):
    """`lru_cache` on the front page, whose arguments do not say who asks."""

    def __init__(self) -> None:
        self.home = lru_cache(super().home)
        super().__init__()

    def write(self) -> Any:
        self.home.cache_clear()
        return super().write()

    def login(self) -> Any:
        self.home.cache_clear()
        return super().login()


class CacheByAddress(Shop):
    """Pages are cached for two seconds, under the address of who asks."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[float, Any]] = {}
        super().__init__()

    def home(self) -> Any:
        kept = self.pages.get(request.remote_addr or "")
        if kept and time.monotonic() - kept[0] < 2:
            return kept[1]
        page = super().home()
        self.pages[request.remote_addr or ""] = (time.monotonic(), page)
        return page

    def write(self) -> Any:
        self.pages.clear()
        return super().write()

    def login(self) -> Any:
        self.pages.clear()
        return super().login()

    def logout(self) -> Any:
        self.pages.clear()
        return super().logout()


class CountedIds(OwnTable):
    """The ids are counted up."""

    def keep_sessions(self, app: Flask) -> None:
        super().keep_sessions(app)
        self.next = count(4711)

    def give(self, response: Any, id_: str) -> None:
        number = str(next(self.next))
        self.table[number] = self.table.pop(id_)
        super().give(response, number)


class LogoutInTheBrowser(OwnTable):
    """A logout deletes the cookie, and the table keeps the session."""

    def logout(self) -> Any:
        response = redirect("./", 302)
        response.delete_cookie("sid")
        return response


class SameIdAfterLogin(Shop):
    """The session of before the login goes on after it, under the same id."""

    def login(self) -> Any:
        session["seen"] = True
        return super().login()

    def enter(self, user: str) -> None:
        session["user"] = user


class SignedCookie(Shop):
    """Flask's own sessions: a signed cookie, of which every copy outlives the logout."""

    def keep_sessions(self, app: Flask) -> None:
        app.secret_key = secrets.token_bytes(16)

    def enter(self, user: str) -> None:
        session.clear()
        session["user"] = user


class NameInACookie(OwnTable):
    """A second cookie says who is logged in, and is believed."""

    def who(self) -> str | None:
        return request.cookies.get("user") if super().who() else None

    def give(self, response: Any, id_: str) -> None:
        super().give(response, id_)
        response.set_cookie("user", self.table[id_] or "")


class BlockedByAddress(Shop):
    """Five wrong passwords, and nobody of that address gets in any more."""

    def __init__(self) -> None:
        self.failures: Counter[str] = Counter()
        super().__init__()

    def right(self, user: str, password: str) -> bool:
        address = request.remote_addr or ""
        fits = super().right(user, password) and self.failures[address] < 5
        self.failures[address] += not fits
        return fits


class DraftInTheApp(Shop):
    """The note that is being written lies in an attribute of the app for a moment."""

    draft = ""

    def keep(self, user: str, note: str) -> None:
        self.draft = note
        time.sleep(0.01)
        super().keep(user, self.draft)
