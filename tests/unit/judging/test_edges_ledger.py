"""Edges of what the ledger and the book of ids know, shown by mutants: each was held by no other test."""

from typing import Any

import pytest

from cookielab.judging.events import Request
from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BROKEN, FROM, HOLDS, MADE, OLD, TABLET, UNKNOWN, Tale, calibrated

LATER = "sid=1a7e0000000000000000000000000009"


def lost(tale: Tale, sent: str | None = ALICE, **more: Any) -> Verdict:
    """What steadiness says once Alice is taken for nobody: broken if the ledger takes her for logged in."""
    tale.ask("alice", "whoami", sent=sent, sighting="anonymous", **more)
    return tale.finding("steadiness").verdict


# what people hold


def test_who_holds_a_cookie_and_was_never_counted_may_be_counted_as_any_visit() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], user="alice")
    tale.ask("alice", "visit", sent="sid=A", visits=5)
    assert tale.finding("continuity").verdict is UNKNOWN


@pytest.mark.parametrize(("action", "forged"), [("forge", None), ("visit", "another cookie")])
def test_what_was_sent_on_purpose_says_nothing_of_what_the_browser_still_holds(action: str, forged: str | None) -> None:
    tale = calibrated()
    tale.change("alice", "closed browser")
    tale.ask("alice", action, sent=MADE, forged=forged)
    assert lost(tale) is BROKEN


def test_a_browser_is_doubted_only_once() -> None:
    tale = calibrated()
    tale.change("alice", "closed browser")
    tale.ask("alice", "visit", sent=ALICE)
    assert lost(tale, None) is BROKEN


def test_a_forged_request_gives_the_browser_nothing() -> None:
    tale = calibrated()
    tale.ask("alice", "forge", sent=MADE, forged="a new id", gives=[f"{LATER}; Path=/"])
    tale.change("alice", "closed browser")
    assert lost(tale) is BROKEN


def test_a_forged_login_gives_the_browser_its_session() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", sent=MADE, forged="an id in place of hers", gives=[f"{ALICE}; Path=/"], succeeded=True)
    tale.change("alice", "closed browser")
    assert lost(tale) is BROKEN


def test_the_life_of_a_cookie_begins_with_the_answer() -> None:
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A; Max-Age=10"], visits=1, at=10.0, elapsed=5.0)
    tale.ask("alice", "visit", visits=1, at=22.0)
    assert tale.finding("continuity").verdict is BROKEN, "she has it until 25"


def test_a_cookie_that_was_taken_away_is_not_missed() -> None:
    tale = Tale(cookies=["sid", "csrf"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/", "csrf=1; Path=/"], succeeded=True)
    tale.ask("alice", "visit", sent=f"{ALICE}; csrf=1", gives=["csrf=; Path=/; Max-Age=0"])
    tale.change("alice", "closed browser")
    assert lost(tale) is BROKEN


def test_a_cookie_of_a_folder_is_not_missed_elsewhere() -> None:
    """Without a path of its own a cookie has the folder of the page that gave it."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[ALICE], succeeded=True, path="/shop/login")
    tale.change("alice", "closed browser")
    tale.ask("alice", "visit", path="/about")
    assert lost(tale, path="/shop/me") is BROKEN


def test_a_server_that_tells_of_itself_has_cookies_for_all_its_pages() -> None:
    tale = Tale()
    tale.ask("alice", "login", gives=["sid=A"], user="alice", path="/shop/login")
    tale.change("alice", "closed browser")
    tale.ask("alice", "whoami", known=False, path="/whoami")
    assert tale.finding("steadiness").verdict is UNKNOWN


@pytest.mark.parametrize(
    ("how", "due"),
    [
        ({"action": "visit", "forged": "her own", "sent": "sid=A", "visits": 3}, 4),
        ({"action": "visit", "forged": "another", "sent": "sid=M", "visits": 9}, 3),
        ({"action": "forge", "sent": "sid=M", "visits": 9}, 3),
        ({"action": "forge", "sent": "sid=M", "visits": 1, "gives": ["sid=A"]}, 2),
    ],
)
def test_on_whose_account_a_visit_was_counted(how: dict[str, Any], due: int) -> None:
    """With another cookie it is another's, unless the server gives one for it."""
    tale = Tale()
    tale.ask("alice", "visit", gives=["sid=A"], visits=1)
    tale.ask("alice", "visit", sent="sid=A", visits=2)
    tale.ask("alice", **how)
    tale.ask("alice", "visit", sent="sid=A", visits=due)
    assert tale.finding("continuity").verdict is HOLDS
    tale.ask("alice", "visit", sent="sid=A", visits=due)
    assert tale.finding("continuity").verdict is BROKEN


def test_who_holds_nothing_is_counted_whatever_was_sent() -> None:
    tale = Tale()
    tale.ask("alice", "forge", sent="sid=M", visits=1)
    tale.ask("alice", "visit", visits=2)
    assert tale.finding("continuity").verdict is HOLDS


# verbs of several requests


def test_a_verb_begins_with_its_own_first_request() -> None:
    """Not with that of another verb, nor with that of the last time."""
    tale = calibrated()
    tale.ask("alice", "step", part_of="login", sent=ALICE, at=10.0)
    tale.ask("alice", "step", part_of="write", sent=ALICE, at=20.0)
    tale.ask("alice", "write", sent=ALICE, canary="c-00000000000b", succeeded=True, at=21.0, elapsed=1.0)
    tale.ask("alice", "read", sent=ALICE, note="c-00000000000c", at=25.0, elapsed=1.0)
    tale.ask("alice", "write", sent=ALICE, canary="c-00000000000c", succeeded=True, at=30.0, elapsed=1.0)
    sentence = f"alice's note 'c-00000000000b' was acknowledged, a later read gave 'c-00000000000c' (request 9, {FROM})"
    assert tale.finding("durability") == Finding("durability", BROKEN, sentence, (8, 9))
    tale = calibrated()
    tale.ask("alice", "step", part_of="login", sent=ALICE, at=10.0)
    tale.ask("alice", "read", sent=ALICE, note="c-00000000000c", at=25.0, elapsed=1.0)
    tale.ask("alice", "write", sent=ALICE, canary="c-00000000000c", succeeded=True, at=30.0, elapsed=1.0)
    assert tale.finding("durability").verdict is BROKEN


@pytest.mark.parametrize(
    ("how", "verdict"),
    [
        ({"status": 302}, BROKEN),
        ({"status": 399}, BROKEN),
        ({"status": 400}, UNKNOWN),
        ({"error": "timeout"}, UNKNOWN),
    ],
)
def test_a_login_of_which_the_profile_says_nothing_is_done_by_its_status(how: dict[str, Any], verdict: Verdict) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/"], **how)
    assert lost(tale) is verdict


# whose note it is


def test_who_has_not_written_takes_no_note_away() -> None:
    tale = calibrated()
    tale.ask("tablet", "whoami", claims="alice", sighting="this")
    tale.ask("alice", "read", sent=ALICE, status=404)
    assert tale.finding("continuity").verdict is BROKEN


def test_a_note_that_was_written_over_elsewhere_is_not_owed() -> None:
    tale = calibrated()
    tale.ask("tablet", "login", claims="alice", gives=[TABLET], succeeded=True)
    tale.ask("tablet", "write", claims="alice", sent=TABLET, canary="c-00000000000b", succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    tale.ask("alice", "read", sent=ALICE, note="")
    assert tale.finding("continuity").verdict is UNKNOWN


# whom another login has displaced


def displaced() -> Tale:
    """Alice has logged in at her tablet as well (6)."""
    tale = calibrated()
    tale.ask("tablet", "login", claims="alice", gives=[TABLET], status=302, succeeded=True)
    return tale


@pytest.mark.parametrize(("action", "forged"), [("forge", "no cookie"), ("whoami", "no cookie"), ("visit", None)])
def test_only_ones_own_page_turns_one_away(action: str, forged: str | None) -> None:
    tale = displaced()
    tale.ask("alice", action, claims="", forged=forged, sighting="anonymous")
    tale.ask("alice", "read", sent=ALICE, sighting="another", user="bob")
    assert tale.finding("steadiness").verdict is BROKEN


def test_a_read_that_is_refused_turns_one_away() -> None:
    tale = displaced()
    tale.ask("alice", "read", sent=ALICE, status=401, succeeded=False)
    assert tale.finding("continuity").verdict is UNKNOWN


def test_a_write_that_is_refused_turns_one_away() -> None:
    tale = displaced()
    tale.ask("alice", "write", sent=ALICE, canary="c-00000000000b", status=403, succeeded=False)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("steadiness").verdict is UNKNOWN


@pytest.mark.parametrize("succeeded", [None, True])
def test_a_read_that_is_answered_turns_nobody_away(succeeded: bool | None) -> None:
    tale = displaced()
    tale.ask("alice", "read", sent=ALICE, body="nothing", succeeded=succeeded)
    assert tale.finding("continuity").verdict is BROKEN


def test_only_a_changed_password_ends_a_users_other_sessions() -> None:
    tale = displaced()
    tale.ask("alice", "visit", sent=ALICE)
    tale.ask("tablet", "whoami", claims="alice", sent=TABLET, sighting="anonymous")
    assert tale.finding("steadiness").verdict is BROKEN


# the book of ids


def shown(tale: Tale, id_: str, person: str = "bob") -> Verdict:
    tale.ask(person, "visit", body=f"an id: {id_.partition('=')[2]}")
    return tale.finding("isolation").verdict


def test_an_id_that_a_page_renews_is_the_users_from_then_on() -> None:
    tale = calibrated()
    tale.ask("alice", "visit", sent=ALICE, gives=[f"{LATER}; Path=/"])
    assert shown(tale, ALICE) is HOLDS, "it was replaced"
    tale.ask("mallory", "forge", claims="", sent=LATER, forged="a copy", sighting="another")
    assert tale.finding("finality").verdict is UNKNOWN, "it was there before no login"
    tale.ask("alice", "visit", claims="", body=LATER)
    assert tale.finding("isolation").verdict is HOLDS, "it is her browser's"
    assert shown(tale, LATER) is BROKEN


def test_an_older_id_that_comes_back_is_the_users_again() -> None:
    tale = calibrated()
    tale.ask("carol", "login", sent=OLD, succeeded=True)
    tale.ask("carol", "visit", sent=OLD, gives=[LATER])
    tale.ask("carol", "visit", sent=LATER, gives=[OLD])
    assert shown(tale, OLD) is BROKEN


def test_an_id_is_over_with_the_logout_also_where_the_browser_keeps_it() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    assert shown(tale, ALICE) is HOLDS


def test_what_a_forged_login_brings_is_no_id_of_the_servers() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "login", sent=MADE, forged="a made-up id", gives=[LATER], succeeded=True)
    tale.ask("bob", "forge", sent=MADE, forged="the same", sighting="another", user="alice")
    sentence = f"bob sent '{MADE[:20]}…', which the server never issued, and was taken for alice (request 7, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (7,))


def test_a_server_that_tells_of_itself_provides_no_ids_by_a_login() -> None:
    tale = Tale()
    tale.ask("carol", "visit", gives=["sid=1"], known=False)
    tale.ask("alice", "login", sent="sid=x", user="alice")
    tale.ask("mallory", "forge", sent="sid=x", forged="the same", known=True)
    sentence = f"mallory sent 'sid=x', which the server never issued, and was taken for a returning visitor (request 4, {FROM})"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (4,))


def test_what_was_planted_stays_known_also_where_the_server_then_gives_it() -> None:
    tale = Tale(cookies=["sid"])
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "visit", claims="", sent=OLD)
    tale.ask("alice", "visit", claims="", sent="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("mallory", "whoami", claims="", sent=OLD, sighting="another")
    assert tale.finding("authenticity").evidence == (2, 5, 6)


def test_an_id_is_that_of_the_user_who_logged_in_last_with_it() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("laptop", "login", claims="alice", gives=[ALICE], succeeded=True)
    tale.ask("laptop", "login", claims="bob", sent=ALICE, succeeded=True)
    assert shown(tale, ALICE) is not BROKEN
    assert shown(tale, ALICE, "alice") is BROKEN


@pytest.mark.parametrize("id_", ["sid=carol@laboratory.example", "sid=carol%40laboratory.example"])
def test_an_address_is_no_secret(id_: str) -> None:
    tale = calibrated()
    tale.ask("carol", "login", gives=[id_], succeeded=True)
    assert shown(tale, id_) is HOLDS


def test_an_id_within_a_longer_word_is_not_looked_for() -> None:
    tale = calibrated()
    assert shown(tale, f"sid=zz{ALICE[4:]}zz") is HOLDS


def test_a_login_that_knows_its_visitor_has_taken_nobody_for_the_planters_victim() -> None:
    tale = Tale(cookies=["sid"])
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("mallory", "login", sent=OLD, gives=[LATER], succeeded=True, known=True)
    assert tale.finding("authenticity").verdict is not BROKEN


# whom a URL asks, and what a reply says


def test_a_url_within_a_url_is_no_other_server() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[f"{ALICE}; Path=/"], succeeded=True, path="/login?next=http://other.test/a")
    assert lost(tale, path="/me?from=http://third.test/b") is BROKEN


@pytest.mark.parametrize("path", ["/login?to=/a/b", "/login#/a/b"])
def test_only_the_path_of_a_url_has_folders(path: str) -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "login", gives=[ALICE], succeeded=True, path=path)
    tale.change("alice", "closed browser")
    tale.ask("alice", "visit", path="/about")
    assert lost(tale) is UNKNOWN


@pytest.mark.parametrize(("status", "is_so"), [(199, False), (200, True), (299, True), (300, False)])
def test_where_nothing_else_is_told_a_status_of_success_is_a_yes(status: int, *, is_so: bool) -> None:
    request = Tale().ask("alice", "visit", status=status)
    assert isinstance(request, Request)
    assert request.accepted is is_so
