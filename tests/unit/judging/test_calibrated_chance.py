"""What the ids that a server issued tell by themselves, of servers that the lab does not know: counters, too little chance."""

import hashlib

from cookielab.judging.verdict import Finding
from tests.unit.judging.tale import BROKEN, UNKNOWN, Tale, calibrated, issuing


def test_a_counter_can_be_counted_on() -> None:
    finding = issuing([str(number) for number in range(1001, 1013)]).finding("authenticity")
    sentence = (
        "12 ids that the server issued are counted, so everybody's can be told from one's own; "
        "64 bits are the least (ASVS 7.2.3)"
    )
    assert finding == Finding("authenticity", BROKEN, sentence, tuple(range(2, 12)))


def test_short_ids_can_be_guessed() -> None:
    finding = issuing([f"{number * 7919 % 10000:04d}" for number in range(10)]).finding("authenticity")
    sentence = "10 ids that the server issued hold at most 13 bits of chance; 64 bits are the least (ASVS 7.2.3)"
    assert (finding.verdict, finding.sentence) == (BROKEN, sentence)


def test_nine_ids_say_nothing_and_long_ones_are_good() -> None:
    assert issuing([str(number) for number in range(9)]).finding("authenticity").verdict is UNKNOWN
    long = [hashlib.sha256(bytes([number])).hexdigest() for number in range(20)]
    assert issuing(long).finding("authenticity").verdict is UNKNOWN


def test_ids_that_are_digests_of_a_counter_are_nobodys_secret() -> None:
    tale = calibrated(notes=False)
    for number in range(3):
        tale.ask("bob", "forge", forged="no cookie", gives=[f"sid={hashlib.md5(str(number).encode()).hexdigest()}"])
    assert tale.finding("authenticity").verdict is not BROKEN, "not all of them are"
    tale = Tale(cookies=["sid"])
    for number in range(3):
        tale.ask("bob", "forge", forged="no cookie", gives=[f"sid={hashlib.md5(str(number).encode()).hexdigest()}"])
    sentence = "the ids that the server issued are the md5 of a counter, so everybody's can be made"
    assert tale.finding("authenticity") == Finding("authenticity", BROKEN, sentence, (2, 3, 4))
