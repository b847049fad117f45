"""A socket that listens at a host of the lab and is served by the process that asked for it."""

import threading

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.errors import LabError

ASK = "import socket; s = socket.create_connection(('one.lab.test', 8080), timeout=10); print(s.recv(99).decode())"


def test_whoever_asked_serves_there(pair: NetnsEngine) -> None:
    """Callers come from their own address. The socket is closed in programs that are started meanwhile."""
    pair.up()
    with pair.listen("one", 8080) as listener:
        assert not listener.get_inheritable()
        assert listener.getsockname() == ("0.0.0.0", 8080)

        def serve() -> None:
            link, caller = listener.accept()
            with link:
                link.sendall(f"hello {caller[0]}".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        assert output(pair.spawn("two", ("python", "-c", ASK))) == "hello 198.18.0.2"
        thread.join(10)
    again = pair.listen("one", 8080)  # the port is free as soon as it is closed
    again.close()


def test_what_cannot_be_listened_at(pair: NetnsEngine) -> None:
    pair.up(["one"])
    with pair.listen("one", 8080):
        for host, port, why in (
            ("one", 8080, "Address already in use"),
            ("two", 8080, "this host is not up; up are: one"),
        ):
            with pytest.raises(LabError) as told:
                pair.listen(host, port)
            assert str(told.value) == f"port {port} of host {host} cannot be listened at: {why}"
    pair.down()
    with pytest.raises(LabError) as told:
        pair.listen("one", 8080)
    assert str(told.value) == f"the lab '{pair.topology.name}' is not up; bring it up: make lab-up"
