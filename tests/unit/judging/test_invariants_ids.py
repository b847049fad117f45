"""The invariants about ids, each on histories small enough to judge in one's head."""

import pytest

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import BROKEN, HOLDS, UNKNOWN, Tale

NEIGHBOUR = "http://server.lab.test:8085"


# uniqueness


def test_uniqueness_holds_for_ids_that_differ() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"])
    tale.ask("bob", "visit", gives=["sid=B"])
    assert tale.finding("uniqueness") == Finding("uniqueness", HOLDS, "2 ids issued, no two alike", (2, 3))


@pytest.mark.parametrize("second", ["alice", "bob"])
def test_uniqueness_is_broken_by_an_id_that_is_issued_again(second: str) -> None:
    """To another client, or to the same one that did not bring it."""
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"])
    tale.ask(second, "visit", gives=["sid=A"], visits=1)
    sentence = f"'sid=A' was issued to alice (request 2) and again to {second} (request 3, from 198.51.100.2:40112)"
    assert tale.finding("uniqueness") == Finding("uniqueness", BROKEN, sentence, (2, 3))


def test_uniqueness_allows_a_renewal() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A; Max-Age=60"])
    tale.ask("alice", "visit", sent="sid=A", gives=["sid=A; Max-Age=60"])
    assert tale.finding("uniqueness").verdict is HOLDS


@pytest.mark.parametrize("line", ["sid=", "sid=x; Max-Age=0", "sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_uniqueness_is_unknown_where_ids_are_only_deleted(line: str) -> None:
    tale = Tale()
    tale.ask("alice", "logout", gives=[line])
    tale.ask("bob", "logout", gives=[line])
    assert tale.finding("uniqueness").verdict is UNKNOWN


def test_uniqueness_is_judged_for_each_server_and_not_for_neighbours() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=1"])
    tale.ask("alice", "visit", gives=["sid=1"], server="http://server.lab.test:9011")
    for _ in range(2):
        tale.ask("alice", "neighbour", gives=["pma_lang=en"], server=NEIGHBOUR)
    assert tale.finding("uniqueness").verdict is HOLDS


# authenticity


def known_by_a_real_id() -> Tale:
    """The positive control, events 2 and 3: an id is issued, and recognised when it comes back."""
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], known=False, user="alice")
    tale.ask("alice", "whoami", sent="sid=A", known=True, user="alice")
    return tale


def test_authenticity_holds_while_invented_ids_are_strangers() -> None:
    tale = known_by_a_real_id()
    tale.ask("bob", "forge", sent="sid=1", gives=["sid=B"], known=False, user=None)
    tale.ask("bob", "forge", sent="sid=2", status=400)
    sentence = "2 invented ids, none was recognised"
    assert tale.finding("authenticity") == Finding("authenticity", HOLDS, sentence, (4, 5))


@pytest.mark.parametrize(
    ("known", "user", "taken"),
    [(True, None, "a returning visitor"), (False, "alice", "alice"), (True, "alice", "alice")],
)
def test_authenticity_is_broken_by_an_invented_id_that_works(known: bool, user: str | None, taken: str) -> None:
    tale = known_by_a_real_id()
    tale.ask("bob", "forge", sent="sid=guess", known=known, user=user)
    sentence = f"bob sent 'sid=guess', which the server never issued, and was taken for {taken}"
    place = "(request 4, from 198.51.100.2:40112)"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, f"{sentence} {place}", (4,))


def test_authenticity_is_broken_by_an_id_that_was_adopted() -> None:
    """A stranger at first, known the next time; that the server confirms it in between does not make it its own."""
    tale = known_by_a_real_id()
    tale.ask("bob", "forge", sent="sid=mine", gives=["sid=mine"], known=False)
    assert tale.finding("authenticity").verdict is HOLDS
    tale.ask("bob", "forge", sent="sid=mine", known=True)
    assert tale.finding("authenticity").verdict is BROKEN


def test_authenticity_is_broken_by_foreign_cookies_that_make_somebody_known() -> None:
    tale = known_by_a_real_id()
    tale.ask("bob", "visit", sent="pma_lang=en; phpMyAdmin=f00", known=True)
    assert tale.finding("authenticity").verdict is BROKEN


@pytest.mark.parametrize(("status", "error"), [(500, None), (None, "empty_reply"), (None, "reset")])
def test_authenticity_is_broken_by_an_id_that_brings_the_server_down(status: int | None, error: str | None) -> None:
    tale = known_by_a_real_id()
    tale.ask("bob", "forge", sent="sid=\x00", status=status, error=error)
    assert tale.finding("authenticity").evidence == (4,)


def test_authenticity_lets_a_login_make_a_user_of_anybody() -> None:
    tale = known_by_a_real_id()
    tale.ask("bob", "login", sent="pma_lang=en", gives=["sid=B"], known=False, user="bob")
    assert tale.finding("authenticity").verdict is HOLDS


def test_authenticity_is_unknown_without_an_id_to_forge() -> None:
    """by_address knows everybody, whatever they send: no id is proven false by that."""
    tale = Tale()
    tale.ask("alice", "visit", known=False)
    tale.ask("bob", "forge", sent="sid=1", known=True)
    assert tale.finding("authenticity").verdict is UNKNOWN


def test_authenticity_is_unknown_while_nobody_has_tried() -> None:
    assert known_by_a_real_id().finding("authenticity").verdict is UNKNOWN


def test_authenticity_is_unknown_of_a_server_that_recognises_nobody() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], known=False)
    tale.ask("alice", "visit", sent="sid=A", known=False)
    tale.ask("bob", "forge", sent="sid=1", known=False)
    assert tale.finding("authenticity").verdict is UNKNOWN


# finality


def logged_out() -> Tale:
    """Alice logs in (2), and out (3)."""
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A; Max-Age=900"], known=False, user="alice")
    tale.ask("alice", "logout", sent="sid=A", gives=["sid=; Max-Age=0"], known=True, user=None)
    return tale


def test_finality_holds_when_the_old_id_is_a_strangers() -> None:
    tale = logged_out()
    tale.ask("mallory", "raw", sent="sid=A", known=False, user=None)
    assert tale.finding("finality") == Finding("finality", HOLDS, "1 request with an ended id, none got in", (4,))


def test_finality_is_broken_when_the_old_id_works_after_logout() -> None:
    tale = logged_out()
    tale.ask("mallory", "raw", sent="sid=A", known=True, user="alice")
    sentence = "'sid=A' was still good for mallory's GET / after alice's logout (request 4, from 198.51.100.2:40112)"
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (3, 4))


def test_finality_is_broken_when_the_id_from_before_a_login_works() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=before"], known=False)
    tale.ask("alice", "login", sent="sid=before", gives=["sid=after"], known=True, user="alice")
    tale.ask("alice", "whoami", sent="sid=after", known=True, user="alice")
    assert tale.finding("finality").verdict is UNKNOWN
    tale.ask("mallory", "raw", sent="sid=before", known=True, user="alice")
    assert tale.finding("finality").sentence.startswith("'sid=before' was still good for mallory's GET / after alice's")


def test_finality_does_not_end_an_id_that_the_login_keeps() -> None:
    """Whether it should have changed is for authenticity to say, when somebody else has chosen it."""
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], known=False)
    tale.ask("alice", "login", sent="sid=A", known=True, user="alice")
    tale.ask("alice", "whoami", sent="sid=A", known=True, user="alice")
    assert tale.finding("finality").verdict is UNKNOWN


def test_finality_is_broken_by_an_id_whose_time_is_over() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A; Max-Age=60"], known=False, user="alice", at=10.0)
    tale.ask("alice", "whoami", sent="sid=A", gives=["sid=A; Max-Age=60"], known=True, user="alice", at=50.0)
    tale.ask("alice", "whoami", sent="sid=A", known=True, user="alice", at=100.0)
    assert tale.finding("finality").verdict is UNKNOWN
    tale.ask("mallory", "raw", sent="sid=A", known=True, user="alice", at=111.0)
    assert "after it had expired" in tale.finding("finality").sentence


def test_finality_allows_an_old_id_beside_a_living_one() -> None:
    tale = logged_out()
    tale.ask("alice", "login", gives=["sid=A2"], known=False, user="alice")
    tale.ask("alice", "whoami", sent="sid=A; sid=A2", known=True, user="alice")
    assert tale.finding("finality").verdict is UNKNOWN


def test_finality_forgives_what_was_under_way_during_logout() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], known=False, user="alice")
    tale.ask("alice", "logout", sent="sid=A", known=True, at=10.0, elapsed=2.0)
    tale.ask("alice", "whoami", sent="sid=A", known=True, user="alice", at=11.0)
    assert tale.finding("finality").verdict is UNKNOWN


def test_finality_is_unknown_when_the_logout_was_refused() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], known=False, user="alice")
    tale.ask("alice", "logout", sent="sid=A", status=404)
    tale.ask("alice", "whoami", sent="sid=A", known=True, user="alice")
    assert tale.finding("finality").verdict is UNKNOWN
