"""What only the netns engine has. Every lab here has a state directory of its own, and all of them are down at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.topology import composefile
from tests import labs
from tests.netns.trace import traces


@pytest.fixture(scope="session", autouse=True)
def _netns() -> None:
    labs.need("netns")


class Workshop:
    """Builds labs from files or from text, and takes them down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines: list[NetnsEngine] = []

    def lab(self, file: Path, **variables: str) -> NetnsEngine:
        """An engine for a file, not up yet."""
        engine = NetnsEngine(composefile.load(file, variables), self.folder / f"state{len(self.engines)}")
        self.engines.append(engine)
        return engine

    def written(self, services: str, **variables: str) -> NetnsEngine:
        """An engine for the services that are written here, on one network `lan`."""
        file = self.folder / f"lab{len(self.engines)}.yaml"
        networks = "networks: {lan: {ipam: {config: [{subnet: 198.18.0.0/24}]}}}"
        file.write_text(f"name: test-netns\nservices:\n{services}\n{networks}\n")
        return self.lab(file, **variables)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """At the end nothing of its labs may be left on this machine."""
    workshop = Workshop(tmp_path)
    yield workshop
    for engine in workshop.engines:
        engine.down()
        assert traces(engine.state) == []


@pytest.fixture
def pair(workshop: Workshop) -> NetnsEngine:
    """Two hosts without a command, the smallest lab; not up yet."""
    return workshop.written("""
  one: {networks: {lan: {ipv4_address: 198.18.0.1}}}
  two: {networks: {lan: {ipv4_address: 198.18.0.2}}, extra_hosts: ["one.lab.test:198.18.0.1"]}
""")
