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
        b"internal server error",  # web.py
        b'{"message": "Internal Server Error"}\n',  # Flask-RESTful, APIFlask
        b'{"code":500,"status":"Internal Server Error"}\n',  # flask-smorest
        "⚠️ 500 — Internal Server Error\n====\nThe application encountered an unexpected error and could not continue.\n\n".encode(),
        b'{"description":"Internal Server Error","status":500,'
        b'"message":"The application encountered an unexpected error and could not continue."}',  # Sanic
        b'{"type": "about:blank", "title": "Internal Server Error", "detail": "The server encountered an internal error and was '
        b"unable to complete your request. Either the server is overloaded or there is an error in the "
        b'application.", "status": 500}',  # Connexion
        b"<html><head><title>500 Internal Server Error</title><style>#traceback {\n color: red;\n}</style></head><body>"
        b"<h2>500 Internal Server Error</h2><p>The server encountered an unexpected condition which prevented it from "
        b'fulfilling the request.</p><pre id="traceback"></pre><div id="powered_by"><span>Powered by '
        b'<a href="http://www.cherrypy.dev">CherryPy 18.10.0</a></span></div></body></html>',
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
        b'{"message":"Internal Server Error","code":42}',
        b"internal server error: Powered by Acme",
        b'{"status_code":500,"detail":"Internal Server Error","request_id":"a1"}',
        b"<title>Shop</title><h1>Internal Server Error</h1><p>We are on it.</p>",
        b"Internal Server Error" + b" " * 1000,
    ],
)
def test_the_app_s_own(page: bytes) -> None:
    assert not says_nothing(page)


def test_a_long_page_is_read_once() -> None:
    """Parts that may be read in two ways do not take twice as long each."""
    assert not says_nothing(b"status 500 Internal Server Error " * 30 + b"!")
