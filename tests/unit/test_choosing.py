"""Scenarios are chosen by id or by group, and what does not exist is answered by the nearest name."""

import pytest

from cookielab.commands import choosing
from cookielab.errors import UsageError
from cookielab.report.listing import grouped
from scenarios import GROUPS, SCENARIOS
from scenarios.d_login import GROUP

IDS = [scenario.id for scenario in SCENARIOS]
LOGIN = [scenario.id for scenario in GROUP.scenarios]


@pytest.mark.parametrize("word", ["D", "d", "d_login", "d-login", "login", "Login and fixation", "login-and-fixation"])
def test_a_group_by_letter_folder_or_title(word: str) -> None:
    assert [scenario.id for scenario in choosing.scenarios([word])] == LOGIN


def test_words_are_taken_in_order_and_none_twice() -> None:
    chosen = [scenario.id for scenario in choosing.scenarios(["nat", "D", "fixation", "nat", "roam"])]
    assert chosen == ["nat", *LOGIN, "roam"]
    assert [scenario.id for scenario in choosing.scenarios(["D", "all"])] == IDS
    assert [scenario.id for scenario in choosing.scenarios(["foundation"])] == IDS[:6]


@pytest.mark.parametrize(
    ("word", "near"),
    [("d_logon", "d_login"), ("fixaton", "fixation"), ("cookie_haeder", "b_cookie_header"), ("Z", None)],
)
def test_an_unknown_word_gets_the_nearest(word: str, near: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        choosing.scenarios([word])
    hint = f" Did you mean '{near}'?" if near else ""
    folders = ", ".join(group.folder for group in GROUPS)
    assert str(caught.value) == f"unknown scenario or group '{word}'.{hint} There are: {', '.join(IDS)}, {folders}"


def test_the_catalogue_by_group_with_what_each_needs() -> None:
    told = dict(grouped())
    assert [name for entries in told.values() for name, _ in entries] == IDS
    assert [heading.partition("  ")[0] for heading in told][1:4] == ["A", "B", "C"]
    login = dict(told[f"D  Login and fixation  (d_login, {len(LOGIN)} scenarios)"])
    assert login["user-switch"] == "Bob logs in in Alice's browser without logout"
    assert login["remember-me"].endswith(" [needs logins that last and such that do not, a session cookie]")
    port = dict(told["The foundation  (foundation, 6 scenarios)"])["port-reuse"]
    assert port.endswith(" [needs capture passive]")
