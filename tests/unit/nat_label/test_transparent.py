"""The proxy does not show: ports, redirected or not, empty replies, and its own page."""

import asyncio
import logging
import os
import socket
from pathlib import Path

import pytest
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test import taddons, tflow

from cookielab.stage import doors
from nat import sources, transparent
from nat.transparent import Believes, EmptyReplies, KeepPort, OwnDoor, TrueSource, free, is_own

WAN = "127.0.0.2"


def connection(address: tuple[str, int] = ("127.0.0.1", 80), port: int = 0) -> ServerConnectionHookData:
    server, client = tflow.tserver_conn(), tflow.tclient_conn()
    server.address, server.sockname = address, None
    client.peername = ("192.168.10.11", port)
    return ServerConnectionHookData(server=server, client=client)


def source(answer: bytes | None, peername: tuple[str, int] = ("192.168.10.11", 54051)) -> tuple[tuple[str, int], bytes]:
    """A client's name as a gateway's answer leaves it, and the question; None is a gateway that never answers."""
    client, questions = tflow.tclient_conn(), list[bytes]()
    client.peername = peername
    gateway = f"\0cookielab/test-{os.getpid()}"

    async def connect() -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(gateway)
            listener.listen()
            listener.setblocking(False)
            addon = TrueSource(gateway)
            learning = asyncio.ensure_future(addon.client_connected(client))
            asker, _ = await loop.sock_accept(listener)
            with asker:
                questions.append(await loop.sock_recv(asker, 64))
                if answer:
                    await loop.sock_sendall(asker, answer)
                if answer is not None:
                    asker.close()
                await learning
            addon.done()

    asyncio.run(connect())
    return client.peername, b"".join(questions)


def test_the_client_is_who_the_gateway_says(caplog: pytest.LogCaptureFixture) -> None:
    assert source(b"192.168.10.11:37948\n") == (("192.168.10.11", 37948), b"192.168.10.11:54051")
    assert source(b"[fd00::11]:37948\n", ("fd00::11", 54051)) == (("fd00::11", 37948), b"[fd00::11]:54051")
    assert not caplog.records


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"\n", "it does not know this connection"),
        (b"", "it has hung up"),
        (b"nobody\n", "'' does not appear to be an IPv4 or IPv6 address"),
        (None, "no answer within 0.05 s"),
    ],
)
def test_a_gateway_that_does_not_know_changes_nothing_and_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: bytes | None, why: str
) -> None:
    monkeypatch.setattr(transparent, "PATIENCE", 0.05)
    assert source(answer)[0] == ("192.168.10.11", 54051)
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage() == f"the gateway does not say from where 192.168.10.11:54051 came: {why}"


def test_after_an_answer_that_did_not_come_the_next_question_gets_its_own() -> None:
    """A late answer would be taken for that to the next question: so that one goes over a line of its own."""
    gateway = f"\0cookielab/test-{os.getpid()}"

    async def connect() -> tuple[str, int]:
        loop, asker, client = asyncio.get_running_loop(), TrueSource(gateway), tflow.tclient_conn()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(gateway)
            listener.listen()
            listener.setblocking(False)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asker.ask("10.0.0.1:1"), 0.05)
            late, _ = await loop.sock_accept(listener)
            learning = asyncio.ensure_future(asker.client_connected(client))
            line, _ = await loop.sock_accept(listener)
            with late, line:
                await loop.sock_recv(line, 64)
                await loop.sock_sendall(line, b"10.0.0.2:2\n")
                await learning
        asker.done()
        return client.peername

    assert asyncio.run(connect()) == ("10.0.0.2", 2)


def test_without_a_gateway_the_client_stays_as_it_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    client = tflow.tclient_conn()
    client.peername = ("192.168.10.11", 54051)
    asyncio.run(TrueSource(f"\0cookielab/test-{os.getpid()}").client_connected(client))
    assert client.peername == ("192.168.10.11", 54051)
    assert not caplog.records


def test_gateway_and_proxy_mean_the_same_socket() -> None:
    assert transparent.GATEWAY == sources.DOOR


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> KeepPort:
    monkeypatch.setenv("WAN", WAN)
    return KeepPort()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind((WAN, 0))
        number: int = probe.getsockname()[1]
        return number


def test_the_clients_port_is_kept_where_it_is_free(keep: KeepPort, port: int) -> None:
    data = connection(port=port)
    keep.server_connect(data)
    assert data.server.sockname == (WAN, port)


def test_a_port_in_use_is_left_alone(keep: KeepPort) -> None:
    with socket.create_server((WAN, 0)) as user:
        data = connection(port=user.getsockname()[1])
        keep.server_connect(data)
    assert data.server.sockname is None


def test_a_port_whose_last_connection_has_just_ended_is_left_alone(keep: KeepPort) -> None:
    """The side that closes first keeps the port for a minute (TIME_WAIT); to bind to it would fail."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname(), source_address=(WAN, 0))
        name = client.getsockname()
        accepted, _ = server.accept()
        client.close()
        assert accepted.recv(1) == b""
        accepted.close()
    data = connection(port=name[1])
    keep.server_connect(data)
    assert data.server.sockname is None


def test_a_port_is_promised_once(keep: KeepPort, port: int) -> None:
    """1. Alice and Bob come from one port at once: the second goes another way. 2. A failure frees it again."""
    alice, bob, again = connection(port=port), connection(port=port), connection(port=port)
    keep.server_connect(alice)
    keep.server_connect(bob)
    assert (alice.server.sockname, bob.server.sockname) == ((WAN, port), None)
    keep.server_connect_error(alice)
    keep.server_connect(again)
    assert again.server.sockname == (WAN, port)


@pytest.mark.parametrize("address", [("::1", 80), ("server.lab.test", 80)])
def test_the_port_is_kept_within_one_ip_version_only(keep: KeepPort, port: int, address: tuple[str, int]) -> None:
    data = connection(address, port)
    keep.server_connect(data)
    assert data.server.sockname is None


def test_without_a_public_address_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.delenv("WAN", raising=False)
    data = connection(port=port)
    KeepPort().server_connect(data)
    assert data.server.sockname is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1", "0.0.0.0"])
def test_ones_own_addresses_are_known(host: str) -> None:
    assert is_own(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "nobody.invalid"])
def test_foreign_addresses_are_not_ones_own(host: str) -> None:
    assert not is_own(host)
    assert host == "nobody.invalid" or not free((host, 0))


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        (("127.0.0.1", 8081), True),
        (("127.0.0.1", 8080), True),
        (("127.0.0.1", 80), False),
        (("192.0.2.1", 8081), False),
    ],
)
def test_mitmproxys_own_ports_are_refused(address: tuple[str, int], refused: bool) -> None:
    door = OwnDoor()
    with taddons.context(door) as context:  # type: ignore[no-untyped-call]
        context.options.add_option("web_port", int, 8081, "")
        context.configure(door, listen_port=8080)
        data = connection(address)
        door.server_connect(data)
    text = f"{address[0]}:{address[1]} is a port of mitmproxy itself; clients may not go there"
    assert data.server.error == (text if refused else None)


@pytest.mark.parametrize(
    ("message", "killed"), [("server closed connection", True), ("Cannot parse HTTP response", False)]
)
def test_only_a_reply_of_nothing_is_passed_on_as_nothing(message: str, killed: bool) -> None:
    flow = tflow.tflow(err=True)
    assert flow.error
    flow.error.msg = message
    EmptyReplies().error(flow)
    assert flow.killable is not killed


def test_the_newest_ca_of_the_lab_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one mitmproxy believes what it always does."""
    assert transparent.BELIEVED == doors.BELIEVED
    monkeypatch.setattr(transparent, "BELIEVED", str(tmp_path))
    believes = Believes()
    with taddons.context(believes) as context:  # type: ignore[no-untyped-call]
        believes.tls_clienthello(None)
        assert context.options.ssl_verify_upstream_trusted_ca is None
        for number, name in enumerate(("b.pem", "a.pem")):
            (tmp_path / name).write_text("")
            os.utime(tmp_path / name, (number, number))
            believes.tls_clienthello(None)
            assert context.options.ssl_verify_upstream_trusted_ca == str(tmp_path / name)
