"""Ids that a server never issued: near to a real one, of its shape, and never the real one itself."""

import string

import pytest

from cookielab.stage.inventions import between, chosen, neighbours, of_a_name


@pytest.mark.parametrize(
    "genuine",
    [
        "1001",
        "9f86d081884c7d65",
        "k3Xq-_9",
        "550e8400-e29b-41d4-a716-446655440000",
        "s%3Aabc.DEF",
        "0000",
        "ABCDEF0123",
    ],
)
def test_a_chosen_id_has_the_shape_of_a_real_one(genuine: str) -> None:
    """The same length, punctuation in the same places, no letter of an alphabet that the server does not use."""
    for _ in range(50):
        made = chosen(genuine)
        assert made != genuine
        assert len(made) == len(genuine)
        assert [letter for letter in made if not letter.isalnum()] == [c for c in genuine if not c.isalnum()]
        if set(genuine) <= set(string.hexdigits.lower()):
            assert set(made) <= set(string.hexdigits.lower())


def test_without_a_real_one_it_is_random() -> None:
    assert len(chosen("")) >= 32


def test_a_counter_is_counted_on_both_ways() -> None:
    values = {value for _, value in neighbours("1001")}
    assert {"1000", "1002", "0991", "1011"} <= values
    assert "1001" not in values


def test_leading_zeros_stay() -> None:
    assert "0008" in {value for _, value in neighbours("0007")}


def test_a_hexadecimal_number_is_counted_in_its_own_way() -> None:
    assert "00ff" in {value for _, value in neighbours("00fe")}


def test_a_number_beside_other_things_is_found() -> None:
    assert "user-42-x" in {value for _, value in neighbours("user-41-x")}


def test_a_random_id_is_changed_and_never_itself() -> None:
    genuine = "k3Xq9ZrT5vW1yB8nLmC2"
    values = [value for _, value in neighbours(genuine)]
    assert genuine not in values
    assert genuine[::-1] in values
    assert genuine[:-1] in values
    assert len(values) == len(set(values))


def test_the_last_letter_changes_in_bits_that_count() -> None:
    """The low bits of base64's last letter may mean nothing: 'A' and 'B' can be one and the same value."""
    (changed,) = [value for about, value in neighbours("abcdefA") if "last letter changed" in about]
    assert abs(ord(changed[-1]) - ord("A")) >= 8


def test_a_name_and_its_hashes() -> None:
    assert dict(of_a_name("alice"))["the md5 of alice's name"] == "6384e2b2184bcbf58eccf10ca7a6563c"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("1001", "1004", ["1002", "1003"]),
        ("0a", "07", ["08", "09"]),
        ("1762000000100", "1762000000102", ["1762000000101"]),
        ("1001", "1001", []),
        ("1001", "9001", []),
        ("k3Xq-_9", "k3Xq-_c", []),
        ("", "5", []),
    ],
)
def test_what_lies_between_two_numbers_is_tried_where_it_is_little(first: str, second: str, found: list[str]) -> None:
    assert list(between(first, second, 400)) == found
