"""The command line of the gateway: exit codes and whole messages."""

import io
import json
from collections.abc import Callable

import pytest

from nat import gateway
from nat.command import GatewayError, run

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one verb with the given environment; gives exit code and stderr."""

    def run_verb(*argv: str, **environment: str) -> tuple[int, str]:
        for name in ("WAN", "LAN", "NAT_KIND", "CAPTURE", "POOL_PORTS", "POOL_ADDRESSES", "CONSOLE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return gateway.main(argv), capsys.readouterr().err

    return run_verb


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ("set", "rando"),
            "unknown NAT kind 'rando': did you mean random? "
            "there are port-preserving, random, pool, paired, per-connection",
        ),
        (
            ("set", "random", "--ports", "1-2"),
            "--ports 1-2: only the NAT kind pool takes ports, random does not",
        ),
        (
            ("set", "pool", "--ports", "9-x"),
            "--ports=9-x: is not a range of ports; give it like 40000-40003, or one port like 40000",
        ),
        (("capture", "on"), "unknown capture mode 'on': there are mitm, passive, off"),
        (
            ("trouble", "loose", "replies", "10.0.0.1"),
            "unknown trouble 'loose': did you mean lose? there are lose, reset",
        ),
        (
            ("trouble", "lose", "reply", "10.0.0.1"),
            "unknown what to harm 'reply': did you mean replies? there are requests, replies",
        ),
        (("trouble", "lose", "replies", "alice"), "CLIENT=alice: is not an IP address; give it like 198.51.100.2"),
        (("timers", "--close", "0"), "--close 0: a timer is 1 second at least"),
        (("timers", "--time-wait", "-5"), "--time-wait -5: a timer is 1 second at least"),
    ],
)
def test_mistake_on_the_command_line_exits_2_with_one_line(verb: Run, argv: tuple[str, ...], message: str) -> None:
    assert verb(*argv, WAN="198.51.100.2", LAN="192.168.10.1") == (2, f"gateway: {message}\n")


@pytest.mark.parametrize("argv", [("serve",), ("set", "pool"), ("capture", "off")])
def test_missing_environment_exits_2(verb: Run, argv: tuple[str, ...]) -> None:
    message = "gateway: WAN is not set: the gateway finds its interfaces by the addresses in WAN and LAN\n"
    assert verb(*argv) == (2, message)


def test_unknown_verb_exits_2_and_lists_the_verbs(verb: Run) -> None:
    code, said = verb("frobnicate")
    assert code == 2
    for name in ("serve", "obey", "show", "set", "capture", "table", "flush", "timers", "trouble", "reboot", "mend"):
        assert name in said


@pytest.mark.parametrize("argv", [("show",), ("set", "pool"), ("mend",)])
def test_missing_program_exits_1_and_says_how_to_get_it(
    verb: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object, argv: tuple[str, ...]
) -> None:
    """Here no program can be found at all: the first one that the verb needs is named with its package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    program, package = ("ip", "iproute2") if argv[0] == "set" else ("nft", "nftables")
    assert verb(*argv, WAN="198.51.100.2", LAN="192.168.10.1") == (
        1,
        f"gateway: {program} is not installed on this machine: apt-get install {package}\n",
    )


def test_failed_command_carries_its_words_exit_code_and_last_lines() -> None:
    script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo line $n >&2; done; exit 7"
    with pytest.raises(GatewayError) as caught:
        run("sh", "-c", script)
    tail = "\n".join(f"  line {number}" for number in range(2, 14))
    assert str(caught.value) == f"command failed with exit code 7: sh -c {script}\n{tail}"


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert gateway.main(["--help"]) == 0
    assert "python -m nat.gateway set pool --ports 40000-40003" in capsys.readouterr().out


def test_obeying_tells_what_did_not_work_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        "sys.stdin", io.StringIO('{"id": 1, "do": "show"}\n{"id": 2, "do": "capture", "words": ["on"]}\n')
    )
    monkeypatch.setenv("WAN", "198.51.100.2")
    monkeypatch.setenv("LAN", "192.168.10.1")
    assert gateway.main(["obey"]) == 0
    missing = "nft is not installed on this machine: apt-get install nftables"
    unknown = "unknown capture mode 'on': there are mitm, passive, off"
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"ready": True},
        {"id": 1, "error": {"kind": "gateway", "text": missing}},
        {"id": 2, "error": {"kind": "usage", "text": unknown}},
    ]
