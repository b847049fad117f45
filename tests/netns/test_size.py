"""Many hosts: what a host costs is in the benchmark; here they have to be there and to work."""

import pytest

from cookielab.engines.process import output
from tests.labs import until
from tests.netns.conftest import Workshop
from tests.netns.trace import descriptors, processes

pytestmark = pytest.mark.netns

HOSTS = 300


def test_hundreds_of_hosts(workshop: Workshop) -> None:
    """1. they are up 2. without a process of their own 3. the last one reaches the first."""
    hosts = "".join(
        f"  h{number}: {{networks: {{lan: {{ipv4_address: 10.0.{number // 250}.{number % 250 + 1}}}}}}}\n"
        for number in range(HOSTS)
    )
    file = workshop.folder / "many.yaml"
    file.write_text(f"services:\n{hosts}networks: {{lan: {{ipam: {{config: [{{subnet: 10.0.0.0/16}}]}}}}}}\n")
    lab = workshop.lab(file)
    lab.up()
    assert len(list(processes(lab.state))) == 1
    until(lambda: descriptors(lab.state) == HOSTS, f"{HOSTS} namespaces held, and none more")
    knock = "import socket\ntry: socket.create_connection(('10.0.0.1', 9), timeout=5)\nexcept ConnectionRefusedError: print('there')"
    assert output(lab.spawn(f"h{HOSTS - 1}", ["python", "-c", knock])) == "there"
