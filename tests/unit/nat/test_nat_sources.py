"""mitmproxy asks the gateway where a connection came from; conntrack 1.4.7 on Linux 6.18 printed these lists."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nat import sources
from nat.command import GatewayError

LISTING = (
    "tcp      6 431999 ESTABLISHED src=10.210.8.11 dst=198.18.8.80 sport=37948 dport=9003 "
    "src=10.210.8.1 dst=10.210.8.11 sport=8080 dport=54051 [ASSURED] mark=0 use=1\n"
)
SIX = (
    "tcp      6 119 TIME_WAIT src=fd00::11 dst=fd01::80 sport=49936 dport=8000 "
    "src=fd00::1 dst=fd00::11 sport=8080 dport=49937 [ASSURED] mark=0 use=1\n"
)


class _Stop(Exception):
    """What the gateway raises when it is told to stop."""


def conntrack(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a program of that name before the real one, which only root may use."""
    program = folder / "conntrack"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Under a name of this test process, for all tests of a machine share its abstract sockets."""
    monkeypatch.setattr(sources, "DOOR", f"\0cookielab/test-{os.getpid()}")
    door = sources.door()
    assert door
    with door:
        yield door


def asked(door: socket.socket, question: bytes) -> bytes:
    """What the gateway answers, to its end."""
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(10)
        asker.connect(sources.DOOR)
        asker.sendall(question)
        sources.answer(door)
        with asker.makefile("rb") as back:
            return back.read()


@pytest.mark.parametrize(
    ("listing", "source"),
    [(LISTING, "10.210.8.11:37948"), (SIX, "[fd00::11]:49936"), ("", ""), (LISTING.replace("tcp", "udp"), "")],
)
def test_the_source_is_the_original_ways_not_the_replys(listing: str, source: str) -> None:
    assert sources.original(listing) == source


@pytest.mark.parametrize(
    ("seen", "argv"),
    [
        (
            "10.210.8.11:54051",
            "-L -f ipv4 -p tcp --reply-dst 10.210.8.11 --reply-port-dst 54051 --reply-port-src 8080",
        ),
        ("[fd00::11]:49937", "-L -f ipv6 -p tcp --reply-dst fd00::11 --reply-port-dst 49937 --reply-port-src 8080"),
    ],
)
def test_the_table_is_asked_for_the_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: str, argv: str
) -> None:
    conntrack(tmp_path, monkeypatch, f'test "$*" = "{argv}" && printf "%s" "{LISTING}"')
    assert sources.source(seen) == "10.210.8.11:37948"


@pytest.mark.parametrize("seen", ["", "x", "10.210.8.11", "10.210.8.11:", "--help:1", "10.210.8.11:-F x", "a.test:1"])
def test_only_an_address_and_a_port_are_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: str) -> None:
    conntrack(tmp_path, monkeypatch, f"touch {tmp_path}/called")
    with pytest.raises(ValueError):  # noqa: PT011 (the message is the standard library's)
        sources.source(seen)
    assert not (tmp_path / "called").exists()


def test_a_failing_table_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conntrack(tmp_path, monkeypatch, "echo nobody may >&2; exit 1")
    with pytest.raises(GatewayError) as caught:
        sources.source("10.210.8.11:54051")
    assert str(caught.value) == (
        "command failed with exit code 1: conntrack -L -f ipv4 -p tcp "
        "--reply-dst 10.210.8.11 --reply-port-dst 54051 --reply-port-src 8080\n  nobody may"
    )


def test_one_bad_question_does_not_keep_the_next_from_its_answer(
    door: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1. no sense 2. no text 3. silence 4. an end 5. a table that cannot be read 6. a good one."""
    monkeypatch.setattr(sources, "PATIENCE", 0.05)
    conntrack(tmp_path, monkeypatch, f'test "$7" = 10.0.0.1 && exit 1; printf "%s" "{LISTING}"')
    assert asked(door, b"sense\n") == b"\n"
    assert asked(door, b"\xff:1\n") == b"\n"
    assert asked(door, b"") == b""
    with socket.socket(socket.AF_UNIX) as gone:
        gone.connect(sources.DOOR)
    sources.answer(door)
    assert asked(door, b"10.0.0.1:5\n") == b"\n"
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "sources: no answer to b'sense\\n': '' does not appear to be an IPv4 or IPv6 address"
    assert "sources: a question was not answered: timed out" in said
    assert asked(door, b"10.210.8.11:54051\n") == b"10.210.8.11:37948\n"
    assert capsys.readouterr().err == ""


def test_a_signal_ends_the_waiting_at_once(door: socket.socket) -> None:
    """As the gateway's own handler does: what it raises is not taken for a question that went wrong."""

    def stop(*_: object) -> None:
        raise _Stop("told to stop")

    def wait() -> None:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        sources.answer(door)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        with pytest.raises(_Stop, match="told to stop"):
            wait()
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("door")
def test_a_second_gateway_leaves_the_questions_to_the_first() -> None:
    assert sources.door() is None
