"""Each example of docs/examples, as a real server: the same story everywhere."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from .browser import Browser, Reply, Slow
from .examples import COMMANDS, FOLDER, SECONDS, Example, running


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Example]]:
    with running(tmp_path_factory.mktemp("examples")) as started:
        yield started


@pytest.fixture(params=COMMANDS)
def example(request: pytest.FixtureRequest, examples: dict[str, Example]) -> Example:
    """Each example in turn, listening."""
    server = examples[str(request.param)]
    server.port()
    return server


def test_every_example_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(COMMANDS)


def test_two_people_are_told_apart(example: Example) -> None:
    """1. two strangers 2. both log in, with new ids, and keep what they had 3. notes, visits 4. one logs out, for good."""
    ann, ben = Browser(example.port()), Browser(example.port())
    assert ann.get().told == {"user": None, "visits": 1, "note": None}
    assert ben.get().told == {"user": None, "visits": 1, "note": None}
    assert ann.post("/note", "milk").status < 300
    assert ann.cookie != ben.cookie

    before = ann.cookie
    assert kept(ann.post("/login", "ann")).apart == (True, True)
    ben.post("/login", "ben")
    assert ann.cookie != before
    assert before
    assert Browser(example.port(), before).get().status == 409, "an id that a login has replaced begins nothing new"

    ben.post("/note", "tea")
    assert kept(ann.get()).told == {"user": "ann", "visits": 4, "note": "milk"}
    assert kept(ben.get()).told == {"user": "ben", "visits": 4, "note": "tea"}
    assert ann.get().apart == (True, True)

    last = ann.cookie
    assert ann.post("/logout").apart == (True, True)
    assert ann.cookie is None
    assert Browser(example.port(), last).get().told["user"] is None
    assert ben.get().told["user"] == "ben"


def test_my_other_sessions_end(example: Example) -> None:
    home, phone, other = (Browser(example.port()) for _ in range(3))
    for browser, user in ((home, "ann"), (phone, "ann"), (other, "ben")):
        browser.post("/login", user)
    home.post("/others")
    assert [browser.get().told["user"] for browser in (home, phone, other)] == ["ann", None, "ben"]


def test_a_cookie_is_found_wherever_it_stands(example: Example) -> None:
    """In either of two header lines, and beside a planted one."""
    ann = Browser(example.port())
    ann.post("/login", "ann")
    assert ann.cookie
    assert ann.get("/", f"theme=dark; {ann.cookie}").told["user"] == "ann"
    assert ann.get("/", f'{ann.cookie}; theme="a,b"').told["user"] == "ann"
    if "wsgi" not in example.name:  # such a server joins the lines with a comma, which parts no cookies
        assert ann.get("/", "theme=dark", ann.cookie).told["user"] == "ann"

    planted = "sid=" + "A" * 43
    assert ann.get("/?from=mail", f"{planted}; {ann.cookie}").told["user"] == "ann"


def test_surplus_cookies_are_removed(example: Example) -> None:
    """A planted one is ours, and of two of ours nobody knows which is whose. A neighbour's is not touched."""
    ann, eve = Browser(example.port()), Browser(example.port())
    ann.post("/login", "ann")
    eve.post("/login", "eve")
    if "django" in example.name:  # whose cookie is Django's: nobody is believed, and nothing is removed
        assert ann.get("/", f"{eve.cookie}; {ann.cookie}").told["user"] is None
        return
    assert not ann.post("/note", "x", f"sid=planted; {ann.cookie}").all("Set-Cookie")
    reply = ann.post("/note", "y", f"{eve.cookie}; {ann.cookie}")
    assert [line for line in reply.all("Set-Cookie") if "Path=/note;" in line and "Max-Age=0" in line]


def test_a_request_in_flight_does_not_bring_a_session_back(example: Example) -> None:
    """1. a note is under way, and the server has begun with it 2. logout 3. the note is refused, and nobody is back."""
    ann = Browser(example.port())
    ann.post("/login", "ann")
    before, cookie = ann.get().told["visits"], ann.cookie
    with Slow(ann, "POST", "/note", "too late") as note:
        began(ann, before)
        ann.post("/logout")
        refused = note.finish()
    assert refused.status == 409
    assert refused.all("Set-Cookie") == []
    assert refused.all("Cache-Control") == ["no-store"]
    assert Browser(example.port(), cookie).get().told == {"user": None, "visits": 1, "note": None}


def test_no_store_no_answer(example: Example) -> None:
    """1. the tables are taken away: 503 for all, and no cookie 2. they are back: everybody is who they were."""
    ann = Browser(example.port())
    ann.post("/login", "ann")
    cookie = ann.cookie
    with taken_away(example.sessions):
        for reply in (ann.get(), ann.post("/login", "eve")):
            assert reply.status == 503
            assert int(reply.all("Retry-After")[0]) > 0
            assert reply.all("Set-Cookie") == []
            assert reply.all("Cache-Control") == ["no-store"]
    assert ann.cookie == cookie
    assert ann.get().told["user"] == "ann"


def kept(reply: Reply) -> Reply:
    assert reply.status < 300, reply
    return reply


def began(browser: Browser, before: int) -> None:
    """Waits until the visit of another request is counted, besides those that ask here."""
    deadline, asked = time.monotonic() + SECONDS, 0
    while time.monotonic() < deadline:
        asked += 1
        if browser.get().told["visits"] > before + asked:
            return
    raise TimeoutError(f"the request under way was not begun within {SECONDS:g} s")


@contextmanager
def taken_away(file: Path) -> Iterator[None]:
    """The tables of the file have other names meanwhile."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert names
        for name in names:
            database.execute(f"ALTER TABLE {name} RENAME TO away_{name}")
        yield
        for name in names:
            database.execute(f"ALTER TABLE away_{name} RENAME TO {name}")
