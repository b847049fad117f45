"""What of a folder of the user's is copied into a container."""

from pathlib import Path

import pytest

from cookielab.engines import docker_guests
from cookielab.errors import UsageError


def test_a_folder_of_many_kinds(tmp_path: Path) -> None:
    """Links and what no server needs are left out; a home is refused."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "large").write_bytes(b"x" * 100)
    (tmp_path / "app.py").write_text("app")
    (tmp_path / "link").symlink_to("/etc/shadow")
    archive = docker_guests.packed(tmp_path)
    assert b"app.py" in archive
    assert b"large" not in archive
    assert b"shadow" not in archive
    with pytest.raises(UsageError) as caught:
        docker_guests.packed(Path.home())
    assert str(caught.value) == (
        f"{Path.home()} cannot be given to a server under test; run from the folder of your application"
    )
