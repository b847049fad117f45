"""A word that does not exist is answered with the nearest that does, or with none where nothing is near."""

import pytest

from cookielab.errors import UsageError, one_of
from cookielab.parsing import COMMANDS


@pytest.mark.parametrize(
    ("names", "word", "near"),
    [
        (COMMANDS, "version", None),
        (COMMANDS, "frobnicate", None),
        (COMMANDS, "stauts", "status"),
        (COMMANDS, "logn", "login"),
        (COMMANDS, "chek", "check"),
        (COMMANDS, "CHECK", "check"),
        (("home-gateway", "office-gateway"), "ofice", "office-gateway"),
        (("home-gateway", "office-gateway"), "alice", None),
        (("home-gateway", "office-gateway"), "gateway", "home-gateway"),
        (("by_address", "session_table"), "adress", "by_address"),
    ],
)
def test_what_is_offered(names: tuple[str, ...], word: str, near: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        one_of(names, word, "thing")
    hint = f" Did you mean '{near}'?" if near else ""
    assert str(caught.value) == f"unknown thing '{word}'.{hint} There are: {', '.join(names)}"
