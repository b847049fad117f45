"""Where state and evidence are kept, by the folder that a command is called in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cookielab import places
from cookielab.errors import LabError
from tests.labs import ROOT

NOBODY = 65534


def test_the_story_folders_are_the_packages_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lies in the current folder: another checkout's files would be another version's."""
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose" / "lab.yaml").write_text("services: {}\n")
    monkeypatch.chdir(tmp_path)
    assert places.root() == ROOT


def test_in_a_checkout_state_is_the_checkouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "docs" / "examples")
    assert places.where() == ROOT / ".lab"


def test_make_is_named_only_where_it_finds_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert (places.how("up"), places.how("base-image")) == ("make lab-up", "make base-image")
    monkeypatch.chdir(tmp_path)
    assert (places.how("up"), places.how("base-image")) == ("cookielab up", f"{ROOT}/compose/base-image.sh")


def test_elsewhere_it_is_the_current_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1. to ask where makes nothing 2. it is made with a file that hides it from git 3. which is left as it is."""
    monkeypatch.chdir(tmp_path)
    assert (places.where(), list(tmp_path.iterdir())) == (tmp_path / ".lab", [])
    assert places.home() == tmp_path / ".lab"
    ignore = tmp_path / ".lab" / ".gitignore"
    assert ignore.read_text() == "*\n"
    ignore.write_text("runs\n")
    assert places.home() == tmp_path / ".lab"
    assert ignore.read_text() == "runs\n"


def test_a_file_of_that_name_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".lab").symlink_to("nowhere")
    with pytest.raises(LabError) as caught:
        places.home()
    assert str(caught.value) == (
        f"{tmp_path}/.lab is no folder, and the lab keeps its state and evidence under that name; move it away"
    )


@pytest.mark.parametrize("variable", [True, False])
def test_a_folder_that_is_not_the_users(tmp_path: Path, variable: bool) -> None:
    """It is kept in the user's home then, or where XDG_STATE_HOME says."""
    if os.geteuid() == 0:
        if any(folder.stat().st_mode & 0o001 == 0 for folder in (ROOT, *ROOT.parents)):
            pytest.skip(f"nobody but root may look into {ROOT}, so no other user can import the package from there")
        os.chown(tmp_path, NOBODY, NOBODY)
    program = "import os; from cookielab import places; os.chdir('/'); print(places.where())"
    leave = f"import os; os.setgid({NOBODY}); os.setuid({NOBODY}); " if os.geteuid() == 0 else ""
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src"), "PATH": os.defpath}
    if variable:
        environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    done = subprocess.run(
        (sys.executable, "-c", f"from cookielab import places; {leave}{program}"),
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wanted = tmp_path / ("state" if variable else ".local/state") / "cookielab" / ".lab"
    assert done.stdout == f"{wanted}\n"


def test_a_path_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative below the current folder; otherwise whole, for `../../..` says nothing."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert places.shown(tmp_path / "here" / ".lab" / "runs") == ".lab/runs"
    assert places.shown(tmp_path / "there") == f"{tmp_path}/there"
