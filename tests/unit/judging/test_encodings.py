"""Canaries are found in whatever encoding a server may have put them, and nothing else is taken for one."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cookielab.judging.canaries import reading

NOTE = "c-0123456789ab"
NOTES = st.text("0123456789abcdef", min_size=12, max_size=12).map("c-{}".format)
URL = "".join(f"%{ord(letter):02X}" for letter in NOTE)


def found(text: str) -> frozenset[str]:
    return reading(text).canaries


@pytest.mark.parametrize(
    "text",
    [
        NOTE,
        "".join(f"&#{ord(letter)};" for letter in NOTE),
        "".join(f"&#x{ord(letter):X};" for letter in NOTE),
        "c&#45;0123456789ab",
        "c&amp;#45;0123456789ab",
        URL,
        quote(URL),
        quote(quote(URL)),
        "".join(f"\\u{ord(letter):04x}" for letter in NOTE),
        "".join(f"\\x{ord(letter):02x}" for letter in NOTE),
        NOTE.encode().hex(),
        NOTE.encode().hex().upper(),
    ],
)
def test_an_encoding_is_undone(text: str) -> None:
    assert found(f'<p title="{text}">') == {NOTE}


@given(NOTES, st.binary(max_size=6), st.binary(max_size=6))
def test_base64_is_found_at_every_offset(note: str, before: bytes, after: bytes) -> None:
    plain = before + note.encode() + after
    for encoded in (base64.b64encode(plain), base64.urlsafe_b64encode(plain)):
        assert note in found(f"a={encoded.decode()};")
        assert note in found(f"a={encoded.decode().rstrip('=')};")


@pytest.mark.parametrize(
    "text",
    ["", "c-0123456789a", "C-0123456789AB", "c-0123456789ag", "%63-012345678", "&#99999999999;", "&#0;" * 9, "%" * 99],
)
def test_what_is_no_canary_is_not_taken_for_one(text: str) -> None:
    assert found(text) == frozenset()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert found(text) == frozenset()
