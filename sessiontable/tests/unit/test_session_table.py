"""The session table: who is known, who is not, and when a session is over for good."""

import doctest
import re
from contextlib import suppress
from hashlib import sha256
from threading import Barrier, BrokenBarrierError, Thread

import pytest

import sessiontable
from sessiontable import Json, MemoryStore, SessionError, SessionGone, SessionTable
from tests.plain import SID

from .conftest import Browser, Clock, Counting


def gone(session_label: str | None) -> str:
    message = (
        f"session {session_label} ended while this request was under way, by a logout, a login or expiry: "
        "nothing was changed; send the request again"
    )
    return f"^{re.escape(message)}$"


def test_the_example_in_the_package_is_true() -> None:
    result = doctest.testmod(sessiontable)
    assert (result.failed, result.attempted) == (0, 5)


def test_a_visit_that_stores_nothing_makes_no_session(table: SessionTable, store: MemoryStore) -> None:
    session = table.open([])
    assert (session.known, session.user, session.label, session.read("x"), session.set_cookies) == (
        False,
        None,
        None,
        None,
        (),
    )
    assert len(store) == 0


def test_what_is_written_is_read_in_the_next_request(table: SessionTable, browser: Browser) -> None:
    """The first write begins the session and issues its id; the browser's next request is known."""
    first = table.open([])
    value: Json = {"a": [1, None, "é"]}
    first.write("x", value)
    first.write("y", 2)
    first.write("y", None)
    assert not first.known
    second = table.open([browser(first)])
    assert second.known
    assert (second.read("x"), second.read("y"), second.label) == (value, None, first.label)
    assert second.set_cookies == ()


def test_values_are_copies(table: SessionTable, browser: Browser) -> None:
    """What a request does to a value that it has read stays with that request."""
    first = table.open([])
    first.write("x", [1])
    copy = table.open([browser(first)]).read("x")
    assert isinstance(copy, list)
    copy.append(2)
    assert table.open([browser(first)]).read("x") == [1]


def test_ids_are_random_and_kept_as_hashes(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """Whoever reads the store finds no id, and the label for logs is made of the hash."""
    session = table.open([])
    session.rotate("alice")
    session_id = browser(session).removeprefix("sid=")
    key = sha256(session_id.encode()).digest()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", session_id)
    assert store.read(key, table.clock()) is not None
    assert session_id not in repr(store.__dict__)
    assert session.label == key.hex()[:12]


def test_ids_are_never_issued_twice(table: SessionTable, browser: Browser) -> None:
    sessions = [table.open([]) for _ in range(500)]
    for session in sessions:
        session.write("x", 1)
    assert len({browser(session) for session in sessions}) == 500


@pytest.mark.parametrize(
    "invented", ["A" * 43, "A" * 42, "A" * 10_000, "", "1", "../../etc/passwd", "' OR 1=1", "\x00" * 43]
)
def test_an_invented_id_is_never_adopted(table: SessionTable, browser: Browser, invented: str) -> None:
    """Strict: an id that the server did not issue stays unknown, also after a session was begun in its company."""
    header = f"sid={invented}"
    session = table.open([header])
    assert not session.known
    session.rotate("bob")
    assert browser(session) != header
    assert not table.open([header]).known


def test_the_format_is_checked_before_any_look_up() -> None:
    store = Counting()
    SessionTable(store, cookie=SID).open(["sid=short; sid=" + "A" * 44, "sid=" + "é" * 43])
    assert store.reads == 0


def test_of_duplicates_exactly_one_must_be_in_the_table(table: SessionTable, browser: Browser) -> None:
    """A planted unknown cookie does no harm in either order; two living sessions are told apart by no rule: start anew."""
    alice, bob = table.open([]), table.open([])
    alice.rotate("alice")
    bob.rotate("bob")
    planted = "sid=" + "A" * 43
    assert table.open([f"{planted}; {browser(alice)}"]).user == "alice"
    assert table.open([browser(alice), f"x=1; {planted}"]).user == "alice"
    assert table.open([f"{browser(alice)}; {browser(alice)}"]).user == "alice"
    assert not table.open([browser(alice), browser(bob)]).known


def test_login_gives_a_new_id_and_the_old_one_is_dead(table: SessionTable, browser: Browser) -> None:
    """No fixation: whoever knows the id from before the login knows nothing. The anonymous values come along."""
    visit = table.open([])
    visit.write("cart", ["book"])
    before = browser(visit)
    login = table.open([before])
    login.rotate("alice")
    after = browser(login)
    assert login.known
    assert (login.user, login.read("cart")) == ("alice", ["book"])
    assert after != before
    assert not table.open([before]).known
    assert table.open([after]).user == "alice"


def test_another_user_inherits_nothing(table: SessionTable, browser: Browser) -> None:
    """Bob logs in in Alice's browser without a logout: her values stay behind, and her id is dead."""
    alice = table.open([])
    alice.rotate("alice")
    alice.write("cart", ["diary"])
    again = table.open([browser(alice)])
    again.rotate("alice")
    assert again.read("cart") == ["diary"]
    bob = table.open([browser(again)])
    bob.rotate("bob")
    assert (bob.user, bob.read("cart")) == ("bob", None)
    assert not table.open([browser(again)]).known


def test_logout_is_final(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """The browser is told to forget the cookie, and the server does not depend on that."""
    alice = table.open([])
    alice.rotate("alice")
    header = browser(alice)
    logout = table.open([header])
    logout.revoke()
    assert (logout.user, logout.label, len(store)) == (None, None, 0)
    assert logout.set_cookies == ("sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",)
    assert not table.open([header]).known


def test_logout_without_a_session(table: SessionTable) -> None:
    session = table.open(["sid=whatever"])
    session.revoke()
    assert session.set_cookies == (table.cookie.delete(),)


def test_logout_among_many_planted_cookies(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """More than are looked up, so that nobody is known; but those that were sent are ended, wherever ours stands, as far
    as a browser can hold so many of one name: no logout asks the store without end.
    """
    for many, left in ((20, 0), (2000, 1)):
        alice = table.open([])
        alice.rotate("alice")
        planted = "; ".join(f"sid={n:043d}" for n in range(many))
        logout = table.open([f"{planted}; {browser(alice)}"])
        assert not logout.known
        logout.revoke()
        assert len(store) == left


def test_a_request_whose_session_is_gone_begins_no_other(
    table: SessionTable, store: MemoryStore, browser: Browser
) -> None:
    """An app that goes on after SessionGone gets it again: a fresh session would overwrite what a login just gave."""
    alice = table.open([])
    alice.rotate("alice")
    session = table.open([browser(alice)])
    table.open([browser(alice)]).revoke()
    for change in (lambda: session.write("x", 1), lambda: session.update("x", str), lambda: session.rotate("alice")):
        with pytest.raises(SessionGone):
            change()
    assert (len(store), session.set_cookies) == (0, ())


def test_nothing_that_is_gone_comes_back(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """A request in flight while its session is revoked gets SessionGone from every change, and nothing is stored."""
    alice = table.open([])
    alice.rotate("alice")
    in_flight = [table.open([browser(alice)]) for _ in range(3)]
    label = alice.label
    table.open([browser(alice)]).revoke()
    with pytest.raises(SessionGone, match=gone(label)):
        in_flight[0].write("x", 1)
    with pytest.raises(SessionGone, match=gone(label)):
        in_flight[1].update("x", lambda _: 1)
    with pytest.raises(SessionGone, match=gone(label)):
        in_flight[2].rotate("alice")
    assert len(store) == 0
    assert [(session.user, session.label, session.set_cookies) for session in in_flight] == [(None, None, ())] * 3


def test_of_two_logins_at_once_one_wins(table: SessionTable, store: MemoryStore, browser: Browser) -> None:
    """Both come from one anonymous session; the second finds its id dead, so no two sessions grow out of one."""
    visit = table.open([])
    visit.write("x", 1)
    first, second = table.open([browser(visit)]), table.open([browser(visit)])
    first.rotate("alice")
    with pytest.raises(SessionGone):
        second.rotate("bob")
    assert len(store) == 1


def test_the_idle_end_comes_that_long_after_the_last_request(
    table: SessionTable, browser: Browser, clock: Clock
) -> None:
    """`expires_at <= now` is expired; each request postpones the end."""
    session = table.open([])
    session.write("x", 1)
    header = browser(session)
    for _ in range(5):
        clock.now += 99
        assert table.open([header]).known
    clock.now += 100
    assert not table.open([header]).known


def test_the_absolute_end_comes_whatever_happens(table: SessionTable, browser: Browser, clock: Clock) -> None:
    session = table.open([])
    session.write("x", 1)
    header, began = browser(session), clock.now
    while clock.now < began + 950:
        clock.now += 50
        assert table.open([header]).known
    clock.now = began + 999
    assert table.open([header]).known
    clock.now = began + 1000
    assert not table.open([header]).known


def test_a_write_after_expiry_is_refused(table: SessionTable, browser: Browser, clock: Clock) -> None:
    first = table.open([])
    first.write("x", 1)
    session = table.open([browser(first)])
    clock.now += 100
    with pytest.raises(SessionGone):
        session.write("x", 2)


def test_reading_costs_no_write_until_a_tenth_of_the_idle_timeout(clock: Clock, browser: Browser) -> None:
    store = Counting()
    table = SessionTable(store, idle_timeout=100, absolute_timeout=1000, clock=lambda: clock.now, cookie=SID)
    session = table.open([])
    session.write("x", 1)
    clock.now += 9
    table.open([browser(session)])
    assert store.touches == 0
    clock.now += 1
    for _ in range(5):
        table.open([browser(session)])
    assert store.touches == 1


def test_updates_at_once_are_all_counted(table: SessionTable, browser: Browser) -> None:
    """Two threads add to one value. Each waits, inside, for the other one: if both could be there, one addition were lost."""
    first = table.open([])
    first.write("n", 0)
    both_inside = Barrier(2)

    def add(value: Json) -> int:
        assert isinstance(value, int)
        with suppress(BrokenBarrierError):
            both_inside.wait(timeout=0.2)
        return value + 1

    threads = [Thread(target=table.open([browser(first)]).update, args=("n", add)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert table.open([browser(first)]).read("n") == 2


def test_writes_to_different_values_do_not_lose_each_other(table: SessionTable, browser: Browser) -> None:
    """Two requests opened the same session before either wrote: both writes are there afterwards."""
    first = table.open([])
    first.write("x", 0)
    one, two = table.open([browser(first)]), table.open([browser(first)])
    one.write("a", 1)
    two.write("b", 2)
    after = table.open([browser(first)])
    assert (after.read("x"), after.read("a"), after.read("b")) == (0, 1, 2)


def test_a_value_that_is_no_json_is_refused(table: SessionTable, store: MemoryStore) -> None:
    """At the write, naming the value, and before anything is stored."""
    message = "session value 'when' is no JSON (Object of type object is not JSON serializable): use numbers, texts, lists, dicts"
    with pytest.raises(SessionError, match=f"^{re.escape(message)}$"):
        table.open([]).write("when", object())  # type: ignore[arg-type]
    with pytest.raises(SessionError, match="'n' is no JSON"):
        table.open([]).write("n", float("nan"))
    assert len(store) == 0
