"""What a server sends is shown and never obeyed."""

import pytest

from cookielab.report.plain import plain


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("grüß dich, 日本, 🍪", "grüß dich, 日本, 🍪"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("one\r\ntwo", "one\\x0d\\x0atwo"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_controls_are_spelt_out(sent: str, shown: str) -> None:
    assert plain(sent) == shown
