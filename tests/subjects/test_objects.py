"""An app object of the test process, used by the lab's people on every engine, over http and https."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cookielab.engines.base import Engine
from cookielab.errors import LabError
from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.subjects import objects, reading
from cookielab.subjects.kinds import PORT, Brought
from tests.testing.projects import api, shop

FORM = {
    "users": {"alice": {"password": "pw-a"}, "bob": {"password": "pw-b"}},
    "login": "/login",
    "me": {"get": "/", "css": "#me"},
    "logout": {"post": "/logout"},
}
JSON = FORM | {
    "login": {"json": {"post": "/login", "body": {"user": "{username}", "password": "{password}"}}},
    "me": {"get": "/me", "json": "user"},
}


@pytest.fixture(scope="module")
def agents(lab: Engine) -> Iterator[Agents]:
    """Without mitmproxy between them and the app, as in a check."""
    with Agents(lab, "h11") as agents:
        agents.gateway("home-gateway").ask("capture", seconds=10.0, words=["off"])
        yield agents
        agents.gateway("home-gateway").ask("capture", seconds=10.0, words=["mitm"])


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_wsgi_app_is_used_and_sees_each_public_address(agents: Agents, tmp_path: Path, tls: bool) -> None:
    """The whole preflight is right. On netns the true address, on Docker a loopback address for each of the lab's."""
    app = shop.make(by_address=False)
    seen = _seen(
        agents, tmp_path, objects.App(app, "wsgi"), FORM | {"tls": tls}, lambda: {at for at, _ in app.config["seen"]}
    )
    true = {str(gateway.legs[0].address) for gateway in agents.engine.topology.gateways()}
    if agents.engine.name == "netns":
        assert seen == true
    else:
        assert seen == {"127." + address.partition(".")[2] for address in true}


def test_an_asgi_app_is_used_and_sees_each_public_address(agents: Agents, tmp_path: Path) -> None:
    app, seen = api.make(by_address=False), set[str]()

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.add(scope["client"][0])
        await app(scope, receive, send)

    assert _seen(agents, tmp_path, objects.App(watched, "asgi"), JSON, lambda: seen) == seen
    assert len(seen) == 2


def _seen(agents: Agents, folder: Path, app: objects.App, words: dict[str, Any], seen: Any) -> Any:
    """What the app has seen of a preflight in which every row is right."""
    brought = Brought("mine", reading.from_words(words, "test", placed=True), folder, app=app)
    try:
        flight = Check(agents.engine, agents, brought, folder, {}).preflight()
    finally:
        brought.close()
    assert flight.failed is None, flight.rows
    assert len([row for row in flight.rows if row.ok]) > 8
    return seen()


def test_its_port_is_free_afterwards_and_taken_before(lab: Engine) -> None:
    """One app after the other at the same port; two at once are one too many."""
    app = objects.App(shop.make(by_address=False), "wsgi")
    first = objects.serve(lab, app, PORT)
    try:
        with pytest.raises(LabError) as told:
            objects.serve(lab, app, PORT)
        if lab.name == "netns":
            assert str(told.value) == f"port {PORT} of host server cannot be listened at: Address already in use"
        first.check()
    finally:
        first.stop()
    objects.serve(lab, app, PORT).stop()
