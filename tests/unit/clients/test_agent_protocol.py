"""The line protocol: whatever comes in, there is one reply a line and the agent lives on."""

import json
import socket
import subprocess
import sys

import pytest

from tests.unit.clients.driver import ROOT, Driver, echo, site

REQUEST = b'{"do": "request", "method": "GET", "url": "http://127.0.0.1/"'


def test_the_first_line_says_that_the_agent_is_ready(agent: Driver) -> None:
    assert agent.ready == {"ready": True, "pid": agent.process.pid}


def test_end_of_input_ends_the_agent_without_another_word(mortal: Driver) -> None:
    mortal("new_connection")
    assert mortal.end() == (b"", b"")
    assert mortal.process.returncode == 0


def test_a_reader_that_has_gone_ends_the_agent(mortal: Driver) -> None:
    assert mortal.process.stdin
    assert mortal.process.stdout
    mortal.process.stdout.close()
    mortal.process.stdin.write(b'{"do": "new_connection"}\n')
    mortal.process.stdin.flush()
    assert mortal.process.wait(10) == 0


def test_what_anything_else_prints_does_not_mix_with_the_replies() -> None:
    """A library that prints in the middle of a step is heard on stderr."""
    program = """if True:
        import sys
        from clients import agent
        agent.Client.new_connection = lambda self: print("stray")
        sys.exit(agent.main())"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=ROOT,
        input=b'{"do": "new_connection"}',
        capture_output=True,
        timeout=30,
    )
    assert [json.loads(line).get("ok") for line in run.stdout.splitlines()] == [None, True]
    assert run.stderr == b"stray\n"


@pytest.mark.parametrize("number", [1, "a", None, [1]])
def test_the_reply_carries_the_id_of_its_line(agent: Driver, number: object) -> None:
    assert agent("new_connection", id=number) == {"id": number, "ok": True, "jar": []}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            b"{",
            "not a line of JSON (Expecting property name enclosed in double quotes: line 2 column 1 (char 2)): b'{\\n'",
        ),
        (b"[1]", "line: an object is expected, not [1]"),
        (b"{}", "line: 'do' is missing"),
        (b'{"do": 3}', "line: 'do' must be a string, not 3"),
        (b'{"do": "requst"}', "no such step: 'requst'; did you mean 'request'?"),
        (b'{"do": "request", "method": "GET"}', "request: 'url' is missing"),
        (REQUEST + b', "timout": 3}', "request: no such field: 'timout'"),
        (REQUEST + b', "timeout": "3"}', "request: 'timeout' must be a number from 0.001 to 3600, not \"3\""),
        (REQUEST + b', "timeout": 0}', "request: 'timeout' must be a number from 0.001 to 3600, not 0"),
        (REQUEST + b', "headers": {"X": 1}}', "request: 'headers': 'X' must be a string, not 1"),
        (b'{"do": "together", "requests": []}', "together: 'requests' must be a list with something in it, not []"),
        (b'{"do": "together", "requests": [{}]}', "together: 'requests'[0]: 'method' is missing"),
        (b'{"do": "local_port"}', "local_port: 'port' is missing"),
        (b'{"do": "local_port", "port": 65536}', "local_port: 'port' must be a number from 1 to 65535, not 65536"),
        (b'{"do": "local_port", "port": 1.5}', "local_port: 'port' must be a whole number, not 1.5"),
        (b'{"do": "clock", "advance": -1}', "clock: 'advance' must be a number from 0 to 3.1536e+09, not -1"),
        (
            b'{"do": "request", "method": "GET", "url": "https://127.0.0.1/"}',
            "url 'https://127.0.0.1/' does not begin with http://, which is all that is spoken here; "
            '"via": "h11" speaks https, too',
        ),
        (
            b'{"do": "set_cookie", "name": "a", "value": "b", "url": "server"}',
            "url 'server' names no host; give one such as http://server.lab.test:8001/",
        ),
    ],
)
def test_a_bad_line_is_named_and_the_agent_lives_on(agent: Driver, line: bytes, text: str) -> None:
    reply = agent.line(line)
    assert (reply["ok"], reply["error"]) == (False, {"kind": "usage", "text": text})
    assert agent("new_connection")["ok"]


def test_an_unknown_step_that_resembles_none_lists_them_all(agent: Driver) -> None:
    text = agent("xyz")["error"]["text"]
    assert text == (
        "no such step: 'xyz'; there are request, together, burst, begin, end, drop, new_connection, local_port, preface, "
        "close_browser, jar, set_jar, set_cookie, delete_cookie, cookie_header, clock, reset"
    )


def test_bytes_that_are_no_text_are_a_bad_line(agent: Driver) -> None:
    assert agent.line(b"\xff\xfe\x00")["error"]["kind"] == "usage"


def test_a_reset_makes_a_new_person(agent: Driver) -> None:
    """1. Alice has cookies, a fixed port, a header of her own and a clock ahead. 2. After a reset nothing is left."""
    with site(echo("Set-Cookie: a=1", "Set-Cookie: b=2; Max-Age=50")) as server:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        agent("local_port", port=port)
        agent("cookie_header", value="x=y")
        agent("clock", advance=100)
        before = agent.get(server.url)
        assert (before["local"], before["cookies_sent"], len(before["jar"])) == (f"127.0.0.1:{port}", "x=y", 2)

        assert agent("reset")["jar"] == []
        after = agent.get(server.url)
        assert after["cookies_sent"] is None
        assert after["local"] != before["local"]
        assert after["jar"][1]["expires"] - after["at"] < 60


def test_an_agent_starts_without_tls() -> None:
    """OpenSSL is loaded by the first who needs it: it is a fifth of an agent's start, and a lab starts many."""
    code = (
        "import sys, clients.agent, clients.via_h11; print(sorted({'ssl', 'secrets', '_hashlib'} & set(sys.modules)))"
    )
    done = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
