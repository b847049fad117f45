"""No room for the evidence of a run: it is told, and never passes for a whole recording."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.errors import LabError
from cookielab.lab.capture import capturing
from cookielab.lab.state import Lab, Record
from tests import labs

pytestmark = pytest.mark.netns

VISIT = "import urllib.request as web; web.urlopen('http://server.lab.test:8003/', timeout=20).read()"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    engine = labs.engine("netns", tmp_path_factory.mktemp("state"), part=3, LAB_CAPTURE="mitm")
    assert isinstance(engine, NetnsEngine)
    engine.up()
    yield Lab(Record("disk-full", "netns", "run", "", "mitm", "", up=True), engine, "")
    engine.down()


@pytest.mark.parametrize(("mode", "name"), [
    ("mitm", "flows.mitm"), ("passive", "home.pcap"), ("passive", "public.pcap"), ("passive", "conntrack.log"),
])  # fmt: skip
def test_the_disk_is_full(lab: Lab, tmp_path: Path, mode: str, name: str) -> None:
    """Each recording in turn has nowhere to go; the others are written."""
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(LabError) as caught, capturing(lab, mode, tmp_path):
        output(lab.engine.spawn("alice", ("python", "-c", VISIT)), 30.0)
    assert str(caught.value) == (
        f"{tmp_path}/{name}: cannot be written: No space left on device; what is in it is cut; make room and run again"
    )


@pytest.mark.parametrize("mode", ["mitm", "passive"])
def test_there_is_room(lab: Lab, tmp_path: Path, mode: str) -> None:
    """The control."""
    with capturing(lab, mode, tmp_path):
        output(lab.engine.spawn("alice", ("python", "-c", VISIT)), 30.0)
    assert all(path.stat().st_size for path in tmp_path.iterdir())


def test_the_lab_itself_has_no_room(lab: Lab, tmp_path: Path) -> None:
    """A flow that mitmproxy could write in part only is a cut file."""
    with pytest.raises(LabError, match=r"flows\.mitm: is cut after \d+ whole flows"), capturing(lab, "mitm", tmp_path):
        output(lab.engine.spawn("mitmweb", ("sh", "-c", "printf '999999:cut' >>/run/cookielab/flows.mitm")))
