"""The invariants about ids, of servers that the lab does not know: what accuses, and what does not."""

import hashlib
from collections.abc import Sequence

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, MADE, OLD, UNKNOWN, Tale, calibrated, planted


def two_users() -> Tale:
    """Alice (2, 3) and Bob (4, 5) are logged in and recognised."""
    return calibrated(notes=False)


# uniqueness


def test_users_with_sessions_of_their_own() -> None:
    sentence = "2 sessions of users, no two under the same id"
    assert two_users().finding("uniqueness") == Finding("uniqueness", HOLDS, sentence, (2, 4))


def test_one_id_under_which_two_users_are_logged_in() -> None:
    tale = Tale(cookies=["sid"])
    for person in ("alice", "bob"):
        tale.ask(person, "login", gives=["sid=constant"], succeeded=True)
    sentence = "'sid=constant' was alice's session (request 2) and is bob's as well (request 3)"
    assert tale.finding("uniqueness") == Finding("uniqueness", BROKEN, sentence, (2, 3))


def test_what_anonymous_visitors_have_in_common_proves_nothing() -> None:
    """A signed cookie that says 'nobody, at this second' is the same for two; a language is nobody's identity."""
    tale = Tale(cookies=["sid"])
    for person in ("alice", "bob"):
        tale.ask(person, "visit", gives=["sid=nobody.65a0.sig", "lang=en"])
    assert tale.finding("uniqueness") == Finding("uniqueness", UNKNOWN, "nobody was logged in under an id")


def test_another_user_in_the_same_browser_is_no_second_owner() -> None:
    tale = two_users()
    tale.ask("alice", "login", claims="bob", sent=ALICE, succeeded=True)
    tale.ask("alice", "whoami", claims="bob", sent=ALICE, sighting="this")
    assert tale.finding("uniqueness").verdict is HOLDS


def test_a_session_of_two_cookies_is_shared_if_both_are() -> None:
    tale = Tale(cookies=["sid", "kind"])
    for person in ("alice", "bob"):
        tale.ask(person, "login", gives=["sid=a", "kind=member"], succeeded=True)
        tale.ask(person, "whoami", sent="sid=a; kind=member", sighting="this")
    sentence = f"'sid=a; kind=member' was alice's session (request 3) and is bob's as well (request 5, {FROM})"
    assert tale.finding("uniqueness") == Finding("uniqueness", BROKEN, sentence, (3, 5))


def test_half_of_a_session_that_a_login_gives_is_no_session() -> None:
    tale = Tale(cookies=["sid", "kind"])
    for person in ("alice", "bob"):
        tale.ask(person, "login", gives=["kind=member"], succeeded=True)
    assert tale.finding("uniqueness") == Finding("uniqueness", UNKNOWN, "nobody was logged in under an id")


def test_a_session_of_two_cookies_is_the_same_if_both_are() -> None:
    tale = Tale(cookies=["sid", "kind"])
    for person, id_ in (("alice", "sid=a"), ("bob", "sid=b")):
        tale.ask(person, "login", gives=[id_, "kind=member"], succeeded=True)
        tale.ask(person, "whoami", sent=f"{id_}; kind=member", sighting="this")
    assert tale.finding("uniqueness").verdict is HOLDS


# authenticity


@pytest.mark.parametrize("sighting", ["this", "another", "several"])
def test_a_made_up_id_that_makes_a_user(sighting: str) -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", sighting=sighting)
    sentence = (
        f"mallory sent '{MADE[:20]}…', which the server never issued, and was taken for a user (request 6, {FROM})"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (6,))


def test_made_up_ids_of_strangers_hold() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", status=302, sighting="anonymous")
    tale.ask("mallory", "forge", claims="", sent="sid=%", forged="the id %", status=400)
    sentence = "2 requests with what the server had not issued, none was taken for anybody by that"
    assert tale.finding("authenticity") == Finding("authenticity", HOLDS, sentence, (6, 7))


@pytest.mark.parametrize("status", [400, 413, 414, 431])
def test_a_request_that_the_http_server_refuses_lets_nobody_in(status: int) -> None:
    """A cookie of ten thousand letters is too much for some servers; whom they take the sender for is clear all the same."""
    tale = two_users()
    tale.ask(
        "mallory", "forge", claims="", sent="sid=aaa", forged="a long id", status=status, sighting="not understood"
    )
    sentence = "1 request with what the server had not issued, none was taken for anybody by that"
    assert tale.finding("authenticity") == Finding("authenticity", HOLDS, sentence, (6,))


@pytest.mark.parametrize("status", [500, 502])
def test_a_made_up_id_that_brings_the_server_down(status: int) -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", status=status)
    assert tale.finding("authenticity").sentence == f"mallory's GET / got status {status} (request 6)"


def test_cookies_of_other_applications_are_nobodys_identity() -> None:
    """They are judged by what they must not do, and never as ids."""
    tale = two_users()
    tale.ask("alice", "whoami", sent=f"pma_lang=en; {ALICE}; lang=en", sighting="this")
    assert tale.finding("authenticity").verdict is HOLDS


def test_ones_own_and_a_stolen_id_are_no_forgery() -> None:
    tale = two_users()
    tale.ask("alice", "forge", sent=ALICE, forged="her own", sighting="this")
    tale.ask(
        "alice", "forge", sent=ALICE.swapcase().replace("SID", "sid"), forged="her own in capitals", sighting="this"
    )
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged="a copy of alice's cookies", sighting="another")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_a_login_from_elsewhere_provides_its_cookies() -> None:
    """A browser's stored state: the server had issued them before the history began."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", gives=["sid=anonymous"])
    tale.ask("alice", "login", sent=ALICE, succeeded=True, sighting="this")
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("authenticity").verdict is UNKNOWN


@pytest.mark.parametrize("of", ["alice", hashlib.md5(b"alice").hexdigest(), hashlib.sha256(b"alice").hexdigest()])
def test_an_id_that_is_made_of_a_name_is_everybodys(of: str) -> None:
    tale = Tale(cookies=["user"])
    tale.ask("alice", "login", gives=[f"user={of}"], succeeded=True)
    tale.ask("bob", "forge", sent=f"user={of}", forged="alice's name", sighting="another", user="alice")
    shown = of if len(of) <= 24 else f"{of[:20]}…"
    sentence = f"bob sent 'user={shown}', which is made of alice's name, and was taken for alice (request 3, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (2, 3))


def test_a_header_that_makes_a_user() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", forged="X-User: alice", sighting="another", user="alice")
    sentence = f"mallory sent X-User: alice, and was taken for alice (request 6, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (6,))


def test_a_header_that_changes_a_user() -> None:
    tale = two_users()
    tale.ask("bob", "forge", sent=BOB, forged="X-User: alice", sighting="this")
    assert tale.finding("authenticity").verdict is UNKNOWN
    tale.ask("bob", "forge", sent=BOB, forged="X-User: alice", sighting="another", user="alice")
    assert tale.finding("authenticity").verdict is BROKEN


def test_a_page_that_names_several_makes_nobody_of_a_header() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", forged="X-User: alice", sighting="several")
    assert tale.finding("authenticity").verdict is UNKNOWN


def test_a_header_that_does_nothing_holds() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", forged="X-User: alice", status=401, sighting="anonymous")
    assert tale.finding("authenticity").verdict is HOLDS


def test_fixation_names_planter_and_victim() -> None:
    tale = planted()
    tale.ask("alice", "whoami", sent=OLD, sighting="this")
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="another", user="alice")
    sentence = (
        "mallory knew 'sid=0d000000000000000000…' before alice logged in with it (request 4), "
        f"and was then taken for alice by GET /whoami (request 6, {FROM})"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (3, 4, 6))


def test_a_planted_id_that_the_login_renews_is_worth_nothing() -> None:
    tale = planted(gives=[ALICE])
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="anonymous")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_an_id_that_nobody_else_knew_is_not_fixed() -> None:
    """A login that keeps the browser's own id is finality's business; a copy of it is stolen."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="a copy", sighting="another", user="alice")
    assert tale.finding("authenticity").verdict is not BROKEN


def strangers(tale: Tale, *ids: str) -> None:
    for id_ in ids:
        tale.ask("bob", "forge", sent=id_, forged="a new id", gives=["sid=f00d" + id_[4:]])


def test_an_id_that_gets_none_in_its_place_was_known() -> None:
    tale = two_users()
    strangers(tale, "sid=1", "sid=2", "sid=3")
    for _ in range(2):
        tale.ask("bob", "forge", sent=MADE, forged="a new id of the same kind")
    sentence = (
        f"bob sent '{MADE[:20]}…', which the server never issued, twice, and got no id in its place as others did: "
        "it was taken for a returning visitor's (request 10)"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (9, 10))


@pytest.mark.parametrize("others", [("sid=1", "sid=2"), ()])
def test_a_server_that_gives_visitors_no_ids_is_not_accused(others: Sequence[str]) -> None:
    tale = two_users()
    strangers(tale, *others)
    for _ in range(3):
        tale.ask("bob", "forge", sent=MADE, forged="a new id of the same kind")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_each_page_has_its_own_way_with_strangers() -> None:
    """The front page gives ids; another page may give none to anybody."""
    tale = two_users()
    strangers(tale, "sid=1", "sid=2", "sid=3")
    for _ in range(2):
        tale.ask("bob", "forge", sent=MADE, forged="a new id", path="/about")
    assert tale.finding("authenticity").verdict is not BROKEN


@pytest.mark.parametrize("how", [{"status": 400}, {"status": 429}, {"gives": ["sid=; Max-Age=0"]}])
def test_a_refused_id_was_not_known(how: dict[str, object]) -> None:
    tale = two_users()
    strangers(tale, "sid=1", "sid=2", "sid=3")
    for _ in range(2):
        tale.ask("bob", "forge", sent=MADE, forged="a new id", **how)  # type: ignore[arg-type]
    assert tale.finding("authenticity").verdict is not BROKEN


def test_a_pin_that_the_client_opens() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged="a copy", sighting="anonymous")
    tale.ask(
        "mallory", "forge", claims="", sent=ALICE, forged="pin: a copy and X-Real-IP: 192.0.2.1", sighting="another"
    )
    sentence = f"mallory was refused (request 6), and let in with a copy and X-Real-IP: 192.0.2.1 (request 7, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (6, 7))


def test_without_a_pin_a_header_opens_nothing() -> None:
    tale = two_users()
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged="a copy", sighting="another")
    tale.ask(
        "mallory", "forge", claims="", sent=ALICE, forged="pin: a copy and X-Real-IP: 192.0.2.1", sighting="another"
    )
    assert tale.finding("authenticity").verdict is not BROKEN


# what is made of one's own cookies


def test_anothers_cookie_that_is_made_of_ones_own_is_a_break() -> None:
    """It is an id that the server issued, to Alice; but Bob did not get it from her."""
    tale = Tale(cookies=["user"])
    for person in ("alice", "bob"):
        tale.ask(person, "login", gives=[f"user={person}|1|0"], succeeded=True)
        tale.ask(person, "whoami", sent=f"user={person}|1|0", sighting="this")
    forged = "made up: his own with alice's name in place of his"
    tale.ask("bob", "forge", sent="user=alice|1|0", forged="a copy", sighting="another", user="alice")
    assert tale.finding("authenticity").verdict is not BROKEN
    tale.ask("bob", "forge", sent="user=alice|1|0", forged=forged, sighting="another", user="alice")
    sentence = (
        "bob sent 'user=alice|1|0', his own with alice's name in place of his, and was taken for alice "
        f"(request 7, {FROM})"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (2, 7))


@pytest.mark.parametrize(
    ("mine", "other", "verdict"),
    [
        ("7f9c2ba4e88f827d616045507605853e.node0", "7f9c2ba4e88f827d616045507605853e.node00", HOLDS),
        ("12.7f9c2ba4e88f827d616045507605853e", "13.7f9c2ba4e88f827d616045507605853e", HOLDS),
        ("7f9c2ba4e88f827d616045507605853e.node0", "7f9c0ba0e88f827d010045507605853e.node0", BROKEN),
        ("7f9c2ba4e88f827d616045507605853e", "7f9cffffffffffffffffffffffffffff", BROKEN),
        ("eyJ1c2VyIjoiYm9iIiwicm9sZSI6InVzZXIifQ.c2lnbmF0dXJl", "eyJ1c2VyIjoiYm9iIiwicm9sZSI6InVzZXIifQ.c2lnbmF0dXJx", BROKEN),
    ],
)  # fmt: skip
def test_ones_own_id_with_something_else_beside_the_secret(mine: str, other: str, verdict: Verdict) -> None:
    """The name of a node behind an id opens nothing to whoever does not know the id; a signature must count."""
    tale = Tale(cookies=["sid"])
    tale.ask("bob", "login", gives=[f"sid={mine}"], succeeded=True)
    tale.ask("bob", "whoami", sent=f"sid={mine}", sighting="this")
    tale.ask("bob", "forge", sent=f"sid={other}", forged="his own, changed", sighting="this")
    tale.ask("bob", "forge", sent="sid=x", forged="something", sighting="anonymous")
    assert tale.finding("authenticity").verdict is verdict


def test_where_no_cookie_says_who_one_is_there_is_no_id_to_share_or_to_forge() -> None:
    tale = Tale(cookies=[])
    tale.ask("bob", "login", succeeded=True)
    tale.ask("bob", "whoami", sighting="this")
    tale.ask("mallory", "forge", claims="", forged="X-User: bob", sighting="anonymous")
    sentence = "people are recognised without a cookie, so no two have the same id"
    assert tale.finding("uniqueness") == Finding("uniqueness", HOLDS, sentence)
    assert tale.finding("authenticity").verdict is HOLDS
    tale.ask("mallory", "forge", claims="", forged="X-User: bob", sighting="another", user="bob")
    assert tale.finding("authenticity").verdict is BROKEN
