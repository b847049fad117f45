"""Edges of authenticity that mutants of the judge have shown: each was held by no other test."""

from typing import Any

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import (
    ALICE,
    BOB,
    BROKEN,
    FROM,
    HOLDS,
    MADE,
    OLD,
    SERVER,
    UNKNOWN,
    Tale,
    calibrated,
    planted,
)

NOTHING_BROUGHT = Finding("authenticity", UNKNOWN, "nobody brought an id that the server had not issued")

UNRECOGNISED = Finding("authenticity", UNKNOWN, "the server recognised nobody, not even by an id of its own", (3,))


def put_to_the_test(count: int, *evidence: int) -> Finding:
    many = "1 request" if count == 1 else f"{count} requests"
    sentence = f"{many} with what the server had not issued, none was taken for anybody by that"
    return Finding("authenticity", HOLDS, sentence, evidence)


# what is put to the test


def test_other_cookies_of_the_servers_own_are_nothing_foreign() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/", "lang=en; Path=/"], succeeded=True)
    tale.ask("alice", "whoami", sent=f"{ALICE}; lang=en", sighting="this")
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_an_id_of_a_login_made_elsewhere_is_nothing_foreign() -> None:
    tale = Tale(cookies=["csrf", "sid"])
    tale.ask("alice", "visit", claims="", gives=["lang=en", "csrf=1"])
    tale.ask("alice", "login", sent=ALICE, succeeded=True)
    tale.ask("alice", "whoami", sent=f"{ALICE}; lang=en", sighting="this")
    assert tale.finding("authenticity") == NOTHING_BROUGHT


@pytest.mark.parametrize("sighting", ["this", "anonymous"])
def test_a_foreign_cookie_is_put_to_the_test_where_the_reply_says_who_one_is(sighting: str) -> None:
    tale = calibrated(notes=False)
    tale.ask("carol", "visit", claims="", sent="pma_lang=en", sighting=sighting)
    assert tale.finding("authenticity") == put_to_the_test(1, 6)


def test_a_foreign_cookie_at_a_login_puts_nothing_to_the_test() -> None:
    tale = calibrated(notes=False)
    tale.ask("carol", "login", sent="pma_lang=en", gives=["sid=c"], succeeded=True, sighting="this")
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_a_reply_that_says_nothing_of_anybody_puts_nothing_to_the_test() -> None:
    tale = calibrated(notes=False)
    tale.ask("bob", "visit", sent=f"pma_lang=en; {BOB}", status=404)
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_a_forgery_that_is_not_understood_decides_nothing() -> None:
    """An honest reply that is not understood leaves no doubt of forgeries."""
    tale = calibrated(notes=False)
    tale.ask("alice", "whoami", sent=f"pma_lang=en; {ALICE}", sighting="this", truncated=True)
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", sighting="anonymous")
    assert tale.finding("authenticity") == put_to_the_test(1, 7)
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", sighting="not understood")
    sentence = f"mallory's GET /: the reply was not understood (status 200, {SERVER}/) (request 8, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", UNKNOWN, sentence, (8,))


def test_a_server_that_tells_of_itself_must_recognise_its_own_ids() -> None:
    """That it knows somebody without any says nothing of ids."""
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=1"], known=False)
    tale.ask("mallory", "forge", sent="sid=2", forged="an id", known=False)
    tale.ask("alice", "whoami", known=True)
    assert tale.finding("authenticity") == UNRECOGNISED


def test_ids_of_a_server_that_tells_of_itself_are_not_counted() -> None:
    tale = Tale()
    for number in range(1001, 1013):
        tale.ask("bob", "visit", gives=[f"sid={number}"], known=False)
    assert tale.finding("authenticity") == NOTHING_BROUGHT


# the front door


def strangers(tale: Tale, action: str, forged: str | None) -> None:
    """Three get an id in the place of theirs; one, twice, gets none."""
    for id_ in ("sid=1", "sid=2", "sid=3"):
        tale.ask("bob", action, claims="", sent=id_, forged=forged, gives=[f"sid=f00d{id_[4:]}"], known=False)
    for _ in range(2):
        tale.ask("bob", action, claims="", sent=MADE, forged=forged, known=False)


def test_only_forgeries_at_servers_that_the_lab_does_not_know_show_the_front_door() -> None:
    tale = Tale()
    strangers(tale, "forge", "a new id")
    assert tale.finding("authenticity").verdict is not BROKEN
    tale = calibrated(notes=False)
    strangers(tale, "visit", None)
    assert tale.finding("authenticity").verdict is not BROKEN
    tale = calibrated(notes=False)
    strangers(tale, "forge", "a new id")
    assert tale.finding("authenticity").evidence == (9, 10)


# one's own id, and names


def test_an_own_id_in_other_letters_that_makes_another_is_a_forgery() -> None:
    tale = calibrated(notes=False)
    capitals = ALICE.upper().replace("SID", "sid")
    tale.ask("alice", "forge", sent=capitals, forged="her own in capitals", sighting="another", user="bob")
    sentence = (
        f"alice sent '{capitals[:20]}…', which the server never issued, and was taken for bob (request 6, {FROM})"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (6,))


def test_an_id_that_was_given_in_quotes_is_ones_own_without_them() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=['sid="a1f00000"'], succeeded=True)
    tale.ask("alice", "forge", sent="sid=a1f00000", forged="her own without quotes", sighting="this")
    assert tale.finding("authenticity") == UNRECOGNISED


PROCESS = "k3J9xQ2mZ8vB4nT7wL5c"


@pytest.mark.parametrize(
    ("issued", "sent", "own"),
    [
        (['"gAAAAxT5kQ9dLm2Rv8Wz3Yb=="'], '"gAAAAxT5kQ9dLm2Rv8Wz3Yb==x', True),
        (['"gAAAAxT5kQ9dLm2Rv8Wz3Yb=="'], '"gAAAAxT5kQ9dLm2Rv8Wz3Yb==', True),
        (['"gAAAAxT5kQ9dLm2Rv8Wz3Yb=="'], '"gAAAAxT5Rw7cPn4Hs6Jf1Ud=="', False),
        ([f"{PROCESS}07", f"{PROCESS}08"], f"{PROCESS}09", False),
        (["a1f00001"], "a1f00002", False),
    ],
    ids=["another end", "the quotes torn", "another half", "what all ids begin with", "a short id"],
)
def test_an_own_id_with_another_end_is_ones_own_where_its_secret_is_whole(
    issued: list[str], sent: str, *, own: bool
) -> None:
    """Decoders of base64 stop at its end: whoever sends that knows all of the secret."""
    tale = Tale(cookies=["sid"])
    for id_ in issued:
        tale.ask("bob", "login", gives=[f"sid={id_}"], succeeded=True)
    tale.ask("bob", "forge", sent=f"sid={sent}", forged="his own, changed", sighting="this")
    assert (tale.finding("authenticity").verdict is BROKEN) is not own


def named(*, cookies: list[str] | None) -> Tale:
    """Alice's cookie (2) is her name."""
    tale = Tale(cookies=cookies)
    seen: dict[str, Any] = {} if cookies else {"user": "alice"}
    tale.ask("alice", "login", gives=["user=alice"], succeeded=True, **seen)
    return tale


def test_a_name_that_opens_nothing_is_no_break() -> None:
    tale = named(cookies=["user"])
    tale.ask("bob", "forge", sent="user=alice", forged="alice's name", sighting="anonymous")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_a_server_that_tells_of_itself_may_have_names_for_ids() -> None:
    """Its scenarios forge ids of their own, and say which."""
    tale = named(cookies=None)
    tale.ask("bob", "forge", sent="user=alice", forged="alice's cookie", known=True, user="alice")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_a_name_beside_ones_own_cookie_is_found() -> None:
    tale = Tale(cookies=["kind", "user"])
    for person in ("alice", "bob"):
        tale.ask(person, "login", gives=[f"kind={person[0]}", f"user={person}"], succeeded=True)
    tale.ask("bob", "forge", sent="kind=b; user=alice", forged="alice's name", sighting="another", user="alice")
    sentence = f"bob sent 'user=alice', which is made of alice's name, and was taken for alice (request 4, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (2, 4))


def test_an_id_that_nobody_is_logged_in_under_makes_nobody_a_user() -> None:
    tale = calibrated(notes=False)
    tale.ask("carol", "visit", claims="", gives=[OLD])
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="carol's id", sighting="another")
    sentence = f"mallory sent carol's id, and was taken for a user (request 7, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (7,))


# what others knew before the login


FIXED = "mallory knew 'sid=0d000000000000000000…' before alice logged in with it"


@pytest.mark.parametrize("issued_to", [None, "carol", "mallory"])
def test_what_was_planted_is_known_to_whoever_uses_it(issued_to: str | None) -> None:
    tale = planted(issued_to=issued_to)
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="another")
    sentence = f"{FIXED} (request 4), and was then taken for alice by GET /whoami (request 5, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (3, 4, 5))


def test_what_one_was_given_is_known_to_oneself_without_being_planted() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("mallory", "visit", claims="", gives=[OLD])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="another")
    sentence = f"{FIXED} (request 4), and was then taken for alice by GET /whoami (request 5, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (2, 4, 5))


def test_an_id_that_only_the_login_gave_was_not_known_before() -> None:
    """That two get the same one is uniqueness's business."""
    tale = Tale(cookies=["sid"])
    tale.ask("mallory", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", gives=[OLD], succeeded=True)
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="another")
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_who_logged_in_with_a_planted_id_is_no_intruder() -> None:
    """Not even where the server still takes her for somebody while she thinks that she has left."""
    tale = planted()
    tale.ask("alice", "whoami", claims="", sent=OLD, sighting="another")
    assert tale.finding("authenticity") == NOTHING_BROUGHT


@pytest.mark.parametrize(("sighting", "verdict"), [("this", UNKNOWN), ("another", BROKEN)])
def test_who_is_taken_for_themselves_has_won_nothing_by_a_planted_id(sighting: str, verdict: Verdict) -> None:
    tale = planted(issued_to="carol")
    tale.ask("mallory", "whoami", sent=OLD, sighting=sighting)
    assert tale.finding("authenticity").verdict is verdict


def test_a_planted_id_is_found_behind_another_cookie() -> None:
    tale = planted(gives=["kind=member"], cookies=("kind", "sid"))
    tale.ask("mallory", "whoami", claims="", sent=f"kind=member; {OLD}", sighting="another")
    assert tale.finding("authenticity").evidence == (3, 4, 5)


# what opens without an id


def test_a_header_that_shows_a_name_makes_nobody_a_user() -> None:
    """Where the page says nothing else of who one is."""
    tale = calibrated(notes=False)
    tale.ask("mallory", "forge", claims="", forged="X-User: bob", user="bob")
    assert tale.finding("authenticity") == put_to_the_test(1, 6)


@pytest.mark.parametrize("cookies", [[], ["sid"]])
def test_where_no_cookie_says_who_one_is_ones_own_header_does(cookies: list[str]) -> None:
    tale = Tale(cookies=cookies)
    tale.ask("alice", "visit", gives=["sid=1"])
    tale.ask("alice", "whoami", sighting="this")
    tale.ask("alice", "forge", forged="X-User: alice", known=True, user="alice")
    if cookies:
        sentence = f"alice sent X-User: alice, and was taken for alice (request 4, {FROM})"
        assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (4,))
    else:
        assert tale.finding("authenticity") == put_to_the_test(1, 4)


@pytest.mark.parametrize(
    ("person", "claims", "verdict"), [("mallory", "", BROKEN), ("mallory", "mallory", HOLDS), ("alice", "", HOLDS)]
)
def test_whom_a_header_takes_for_who_they_are(person: str, claims: str, verdict: Verdict) -> None:
    """Who is nobody, and claims to be nobody, is somebody by the header alone."""
    tale = calibrated(notes=False)
    tale.ask(person, "forge", claims=claims, forged="X-User: mallory", sighting="this")
    assert tale.finding("authenticity").verdict is verdict


def test_a_header_by_which_one_is_nobody_makes_no_user() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], user="alice")
    tale.ask("alice", "forge", forged="X-User: bob", known=False)
    assert tale.finding("authenticity").verdict is not BROKEN


COPY, PIN = "a copy", "pin: a copy and X-Real-IP: 192.0.2.1"


def test_a_pin_that_the_client_does_not_open_is_put_to_the_test() -> None:
    tale = calibrated(notes=False)
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged=PIN, sighting="anonymous")
    assert tale.finding("authenticity") == NOTHING_BROUGHT, "nothing says that it is pinned"
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged=COPY, sighting="anonymous")
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged=PIN, error="timeout")
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged=PIN, sighting="anonymous")
    assert tale.finding("authenticity") == put_to_the_test(1, 9)


@pytest.mark.parametrize(
    "other",
    [
        {"person": "mallory", "sent": BOB, "path": "/a"},
        {"person": "mallory", "sent": ALICE, "path": "/b"},
        {"person": "eve", "sent": ALICE, "path": "/a"},
    ],
)
def test_only_the_same_request_shows_a_pin(other: dict[str, str]) -> None:
    tale = calibrated(notes=False)
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged=COPY, path="/a", sighting="anonymous")
    tale.ask(action="forge", claims="", forged=PIN, sighting="another", **other)  # type: ignore[arg-type]
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_a_copy_that_is_let_in_in_the_meantime_is_not_pinned() -> None:
    tale = calibrated(notes=False)
    for forged, sighting in ((COPY, "anonymous"), (COPY, "another"), (PIN, "another")):
        tale.ask("mallory", "forge", claims="", sent=ALICE, forged=forged, sighting=sighting)
    assert tale.finding("authenticity") == NOTHING_BROUGHT


def test_an_invented_id_of_more_parts_than_ones_own_is_invented() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "forge", sent="sid=made.up", forged="a new id", sighting="this")
    sentence = f"alice sent 'sid=made.up', which the server never issued, and was taken for a user (request 6, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (6,))
