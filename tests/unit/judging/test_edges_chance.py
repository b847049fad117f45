"""Edges of what is told of ids by their chance alone, shown by mutants: each was held by no other test."""

import hashlib
import secrets

import pytest

from cookielab.judging.verdict import Finding, Verdict
from tests.unit.judging.tale import BROKEN, MADE, UNKNOWN, Tale, calibrated, issuing

COUNTED = (
    "12 ids that the server issued are counted, so everybody's can be told from one's own; "
    "64 bits are the least (ASVS 7.2.3)"
)
ONE_BY_ONE = [str(number) for number in range(1001, 1013)]


def test_that_ids_are_counted_is_proven_whatever_else_was_not_understood() -> None:
    tale = issuing(ONE_BY_ONE)
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", sighting="not understood")
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, COUNTED, tuple(range(2, 12)))
    tale.ask("mallory", "forge", claims="", sent=MADE, forged="a new id", sighting="another")
    assert tale.finding("authenticity").evidence == (15,), "what broke it first is told"


@pytest.mark.parametrize(("digits", "verdict"), [(15, BROKEN), (16, UNKNOWN)])
def test_sixty_four_bits_are_enough(digits: int, verdict: Verdict) -> None:
    values = [f"{letter}" * digits for letter in "0123456789abcdef"]
    assert issuing(values).finding("authenticity").verdict is verdict


def test_two_counters_with_great_steps_are_counters_all_the_same() -> None:
    values = [f"{number:010x}" for number in range(0, 1 << 40, 91_625_968_981)]
    finding = issuing(values, "a", "b").finding("authenticity")
    assert finding.sentence == COUNTED.replace("12", str(2 * len(values)))


def test_a_session_of_two_cookies_that_was_known_at_the_door() -> None:
    tale = Tale(cookies=["a", "b"])
    for id_ in "123":
        tale.ask("bob", "forge", sent=f"a={id_}; b={id_}", forged="a new id", gives=[f"a=f00d{id_}"])
    for _ in range(2):
        tale.ask("bob", "forge", sent="a=d00d04; b=d00d04", forged="a new id")
    sentence = (
        "bob sent 'a=d00d04; b=d00d04', which the server never issued, twice, and got no id in its place as others did: "
        "it was taken for a returning visitor's (request 6)"
    )
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (5, 6))


def test_a_short_value_that_starts_no_session_is_no_id() -> None:
    """To a program in Perl 0 is nothing, so no id is taken up and none is given."""
    tale = calibrated(notes=False)
    for id_ in ("f00d01", "f00d02", "f00d03"):
        tale.ask("bob", "forge", sent=f"sid={id_}", forged="a new id", gives=[f"sid={id_}{id_}"])
    for _ in range(2):
        tale.ask("bob", "forge", sent="sid=0", forged="the id 0")
    assert tale.finding("authenticity").verdict is not BROKEN


def test_what_a_server_sends_back_of_an_invention_is_no_sample_of_its_ids() -> None:
    tale = issuing([secrets.token_hex(16) for _ in range(10)])
    tale.ask("bob", "forge", claims="", sent="sid=admin", forged="the id 'admin'", gives=['sid="admin"'])
    assert tale.finding("authenticity").verdict is not BROKEN


@pytest.mark.parametrize("names", [["md5"], ["sha1"], ["sha256"], ["md5", "sha1", "sha256"]])
def test_ids_of_which_only_some_are_digests_of_a_counter(names: list[str]) -> None:
    tale = Tale(cookies=[*names, "b"])
    for number in range(3):
        digests = [f"{name}={hashlib.new(name, str(number).encode()).hexdigest()}" for name in names]
        tale.ask("bob", "visit", claims="", gives=[*digests, f"b={secrets.token_hex(16)}"])
    assert tale.finding("authenticity").verdict is UNKNOWN
