"""The log: one JSON object a line, one line a request, whatever was in the request."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from server.log import Log
from tests.unit.server.running import Running


def test_the_fields(servers: Running) -> None:
    """All that a history needs, with the line written before the reply arrives."""
    browser = servers.browser("session_table")
    browser.send("GET", "/?q=1")
    before = datetime.now(UTC)
    login = browser.send("POST", "/login", {"user": "alice"}, Cookie=f"x=1; {browser.cookie}").json
    line = servers.log[-1]
    assert abs((datetime.fromisoformat(line.pop("at")) - before).total_seconds()) < 5
    cookies = line.pop("cookies")
    assert len(cookies) == 1
    assert cookies[0].startswith("x=1; sid=")
    assert line == {
        "handler": "session_table",
        "client": login["seen_from"],
        "method": "POST",
        "path": "/login",
        "identity": login["identity"],
        "known": True,
        "user": "alice",
        "status": 200,
    }
    assert servers.log[0]["path"] == "/?q=1"


@pytest.mark.parametrize("cookie", ['x="}\\', "x=\x00\x1b[2J", "x=\xff\x85", "x=\x0b\x0c\x1c"])
def test_hostile_bytes_stay_one_readable_line(servers: Running, cookie: str) -> None:
    servers.browser("by_address").send("GET", "/", Cookie=cookie)
    assert [line["cookies"] for line in servers.log] == [[cookie]]


def test_lines_of_many_threads_do_not_mix(tmp_path: Path) -> None:
    """Eight threads write long lines to a pipe that is read slowly: each comes out whole."""
    out, descriptor = os.pipe()
    log, found = Log(descriptor), tmp_path / "found"

    def read() -> None:
        with os.fdopen(out, "rb") as lines:
            found.write_bytes(lines.read())

    def write(number: int) -> None:
        for _ in range(50):
            log.request(handler="x", client="x", method="GET", path=str(number) * 9000, cookies=(), status=200)

    reader, writers = Thread(target=read), [Thread(target=write, args=(number,)) for number in range(8)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(30)
    os.close(descriptor)
    reader.join(30)
    paths = [json.loads(line)["path"] for line in found.read_bytes().splitlines()]
    assert sorted(paths) == sorted(str(number) * 9000 for number in range(8) for _ in range(50))


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    out, descriptor = os.pipe()
    os.close(out)
    Log(descriptor).listening("x", 1)
    os.close(descriptor)
