"""The application on the other port sets phpMyAdmin's cookies, or those that it is told to set."""

import sys
from http.client import HTTPConnection
from json import loads
from subprocess import PIPE, Popen

import pytest

from tests.labs import ROOT


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ["pma_lang", "phpMyAdmin"]),
        (("--sets", "session", "sid=evil"), ["session", "sid"]),
    ],
)
def test_what_it_sets(words: tuple[str, ...], names: list[str]) -> None:
    argv = (sys.executable, "-m", "server.neighbour", "--port", "0", *words)
    with Popen(argv, cwd=ROOT, stdout=PIPE) as process:
        assert process.stdout
        connection = HTTPConnection("127.0.0.1", loads(process.stdout.readline())["port"], timeout=10)
        connection.request("GET", "/")
        lines = connection.getresponse().headers.get_all("Set-Cookie") or []
        connection.close()
        process.terminate()
    assert [line.partition("=")[0] for line in lines] == names
    assert not words or lines[1].startswith("sid=evil; path=/")
