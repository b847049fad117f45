"""Whose 500 page it is: a framework's, which knows of no sessions, gives way to 409 or 503; one of the app's own is left."""

import pytest
from werkzeug.exceptions import InternalServerError

from sessiontable.http.refusal import says_nothing


@pytest.mark.parametrize(
    "page",
    [
        b"Internal Server Error",
        b"<h1>Internal Server Error</h1>",
        b"500 Internal Server Error\n",
        b'{"status_code":500,"detail":"Internal Server Error"}',
        b'{"title": "500 Internal Server Error"}',
        InternalServerError().get_response().data,
        b"<!DOCTYPE html><html><head><title>Error: 500 Internal Server Error</title><style>b{c:d}</style></head><body>"
        b"<h1>Error: 500 Internal Server Error</h1><p>Sorry, the requested URL <tt>&#039;http://x/&#039;</tt> caused an error:"
        b"</p><pre>Internal Server Error</pre></body></html>",
    ],
)
def test_a_framework_s(page: bytes) -> None:
    assert says_nothing(page)


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"We are sorry.",
        b"Internal Server Error: call 555",
        b'{"error":"Internal Server Error"}',
        b'{"status_code":500,"detail":"Internal Server Error","request_id":"a1"}',
        b"<title>Shop</title><h1>Internal Server Error</h1><p>We are on it.</p>",
        b"Internal Server Error" + b" " * 1000,
    ],
)
def test_the_app_s_own(page: bytes) -> None:
    assert not says_nothing(page)
