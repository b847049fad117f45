"""Finality and what the run itself says, of servers that the lab does not know."""

import pytest

from cookielab.judging.judge import judge
from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import ALICE, BOB, BROKEN, FROM, HOLDS, OLD, TABLET, UNKNOWN, Tale, calibrated


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_copy_that_works_after_the_logout(succeeded: bool) -> None:
    """The logout goes over a page and a redirect; one that failed ends nothing."""
    tale = calibrated(notes=False)
    tale.ask("alice", "step", part_of="logout", sent=ALICE, status=302, gives=["sid=; Max-Age=0"])
    tale.ask("alice", "logout", succeeded=succeeded, sighting="anonymous")
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", path="/me", sighting="this")
    finding = tale.finding("finality")
    if succeeded:
        sentence = (
            f"'sid=a1f00000000000000000…' was still good for alice's GET /me after alice's logout (request 8, {FROM})"
        )
        assert finding == Finding("finality", BROKEN, sentence, (7, 8))
    else:
        assert finding.verdict is UNKNOWN


def test_a_copy_that_is_worth_nothing_after_the_logout() -> None:
    tale = calibrated(notes=False)
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", status=302, sighting="anonymous")
    sentence = "1 request with an ended id, none got in"
    assert tale.finding("finality") == Finding("finality", HOLDS, sentence, (7,))


def test_a_note_that_a_copy_still_shows() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", body="c-0123456789ab")
    assert tale.finding("finality").verdict is BROKEN


def test_the_id_from_before_a_login_that_renews_it() -> None:
    """The new one comes with a hop of the login, and the old one dies."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "step", part_of="login", sent=OLD, gives=[ALICE], status=302)
    tale.ask("alice", "login", sent=ALICE, succeeded=True, sighting="this")
    tale.ask("alice", "forge", sent=OLD, forged="the id from before", sighting="anonymous")
    assert tale.finding("finality").verdict is HOLDS
    tale.ask("alice", "forge", sent=OLD, forged="the id from before", sighting="this")
    sentence = f"'sid=0d000000000000000000…' was still good for alice's GET / after alice's login (request 6, {FROM})"
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (4, 6))


def test_the_id_from_before_a_login_that_keeps_it() -> None:
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("alice", "whoami", sent=OLD, sighting="this")
    assert tale.finding("finality").verdict is UNKNOWN
    tale.ask("alice", "forge", sent=OLD, forged="the id from before", sighting="this")
    sentence = (
        "'sid=0d000000000000000000…' was there before alice's login, which did not change it, "
        f"and was still good for alice's GET / (request 5, {FROM}) (ASVS 7.2.4)"
    )
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (3, 5))


@pytest.mark.parametrize(
    ("survives", "verdict"), [(None, UNKNOWN), (("password",), UNKNOWN), ((), BROKEN), (("restart",), BROKEN)]
)
def test_a_changed_password_ends_other_sessions_where_the_profile_says_so(
    survives: tuple[str, ...] | None, verdict: Verdict
) -> None:
    tale = calibrated(survives=survives)
    tale.ask("tablet", "login", claims="alice", gives=[TABLET], succeeded=True)
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    tale.ask("alice", "forge", sent=TABLET, forged="the tablet's cookies", sighting="this")
    assert tale.finding("finality").verdict is verdict


def test_a_changed_password_leaves_other_users_alone() -> None:
    tale = calibrated(survives=())
    tale.ask("alice", "change_password", sent=ALICE, succeeded=True)
    tale.ask("bob", "whoami", sent=BOB, sighting="this")
    assert tale.finding("finality").verdict is UNKNOWN


# what the run itself says


def test_what_is_undecided_lowers_what_it_is_about() -> None:
    tale = calibrated()
    tale.exercise("steadiness")
    tale.exercise("isolation")
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    tale.observed("the logout leaves another device logged in")
    tale.undecided("the password could not be changed", "steadiness")
    steadiness, isolation = judge(tale.end())
    assert steadiness == Finding("steadiness", UNKNOWN, "the password could not be changed", (8,))
    assert isolation.verdict is HOLDS


def test_a_part_of_a_uuid_that_looks_like_a_note_is_none() -> None:
    tale = calibrated()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    new = ["sid=01a215aa-5a4c-7c52-afdc-3bc9ef04fde2"]
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="anonymous", gives=new)
    assert tale.finding("finality") == Finding("finality", HOLDS, "1 request with an ended id, none got in", (7,))


def from_elsewhere() -> Tale:
    """Alice comes with the cookie of a login that a program has made for her (3)."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "visit", claims="", gives=[OLD])
    tale.ask("alice", "login", sent=ALICE, succeeded=True, sighting="this")
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    return tale


def test_what_came_with_a_login_made_elsewhere_was_not_there_before_it() -> None:
    tale = from_elsewhere()
    tale.ask("alice", "forge", sent=ALICE, forged="a copy", sighting="this")
    tale.ask("mallory", "forge", claims="", sent=ALICE, forged="a copy", sighting="another")
    assert tale.finding("finality") == Finding("finality", UNKNOWN, "no ended id was tried again")


def test_what_came_with_a_login_made_elsewhere_ends_with_the_logout() -> None:
    tale = from_elsewhere()
    tale.ask("alice", "logout", sent=ALICE, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="anonymous")
    assert tale.finding("finality") == Finding("finality", HOLDS, "1 request with an ended id, none got in", (6,))
    tale.ask("alice", "forge", claims="", sent=ALICE, forged="a copy", sighting="this")
    sentence = f"'sid=a1f00000000000000000…' was still good for alice's GET / after alice's logout (request 7, {FROM})"
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (5, 7))


def test_what_was_planted_is_not_taken_for_a_login_made_elsewhere() -> None:
    """Nobody was given it, and the login made it an id: whoever planted it has one as well."""
    tale = Tale(cookies=["sid"])
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "login", sent=OLD, succeeded=True, sighting="this")
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="what was planted", sighting="another", user="alice")
    sentence = (
        "'sid=0d000000000000000000…' was there before alice's login, which did not change it, "
        f"and was still good for mallory's GET / (request 4, {FROM}) (ASVS 7.2.4)"
    )
    assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (3, 4))


@pytest.mark.parametrize("cookies", [None, ["sid"]])
def test_a_planted_id_that_a_login_takes_on_ends_with_the_logout(cookies: list[str] | None) -> None:
    """Of a server that tells of itself the scenario says which ids are to be tried."""
    tale = Tale(cookies=cookies)
    tale.change("alice", "cookie planted", OLD)
    tale.ask("alice", "login", sent=OLD, succeeded=True)
    tale.ask("alice", "logout", sent=OLD, succeeded=True)
    tale.ask("alice", "forge", claims="", sent=OLD, forged="a copy", sighting="this")
    if cookies is None:
        assert tale.finding("finality").verdict is UNKNOWN
    else:
        sentence = (
            f"'sid=0d000000000000000000…' was still good for alice's GET / after alice's logout (request 5, {FROM})"
        )
        assert tale.finding("finality") == Finding("finality", BROKEN, sentence, (4, 5))


def test_a_login_that_sets_the_id_that_was_brought_does_not_replace_it() -> None:
    """Though the browser was given another one in the meantime."""
    tale = Tale(cookies=["sid"])
    for id_ in (ALICE, OLD):
        tale.ask("alice", "visit", claims="", sent="", gives=[id_])
    tale.ask("alice", "login", sent=ALICE, gives=[ALICE], succeeded=True)
    tale.ask("alice", "whoami", sent=ALICE, sighting="this")
    assert tale.finding("finality") == Finding("finality", UNKNOWN, "no ended id was tried again")


@pytest.mark.parametrize(("name", "verdict"), [("sid", BROKEN), ("session", UNKNOWN)])
def test_what_another_application_sets_under_our_name_is_planted(name: str, verdict: Verdict) -> None:
    """Whoever runs that application knows it. What has another name is none of our ids."""
    tale = Tale(cookies=["sid"])
    tale.ask("alice", "neighbour", gives=[OLD.replace("sid", name)], server="http://server.lab.test:8086", claims="")
    tale.ask("alice", "login", sent=OLD, succeeded=True, sighting="this")
    tale.ask("mallory", "forge", claims="", sent=OLD, forged="what was planted", sighting="another", user="alice")
    assert tale.finding("finality").verdict is verdict
