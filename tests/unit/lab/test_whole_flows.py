"""A file of flows that is cut is told as such, wherever the cut is."""

from pathlib import Path

import pytest

from cookielab.errors import LabError
from cookielab.lab.capture import whole

FLOW = b"11:hello world}"
TWO = FLOW + b"3:abc,"


def test_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "flows.mitm"
    for data in (b"", FLOW, TWO, b"0:}" * 3):
        path.write_bytes(data)
        whole(path)


@pytest.mark.parametrize("length", [length for length in range(1, len(TWO)) if length != len(FLOW)])
def test_a_cut_anywhere(tmp_path: Path, length: int) -> None:
    path = tmp_path / "flows.mitm"
    path.write_bytes(TWO[:length])
    with pytest.raises(LabError) as caught:
        whole(path)
    count, begins = (1, len(FLOW)) if length > len(FLOW) else (0, 0)
    assert str(caught.value) == (
        f"{path}: is cut after {count} whole flows (byte {begins} of {length}); at host mitmweb "
        "/run/cookielab/flows.mitm could not be written: take the lab down, make room and run again"
    )


def test_something_else(tmp_path: Path) -> None:
    path = tmp_path / "flows.mitm"
    path.write_bytes(FLOW + b"rubbish:")
    with pytest.raises(LabError, match=r"is cut after 1 whole flows"):
        whole(path)
