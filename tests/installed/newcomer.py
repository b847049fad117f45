"""Somebody who has no checkout: an ordinary user with the wheel in an environment of its own and an empty folder.

Python may live where only root may look (a version manager in root's home). So root's tests run the user's commands in a
mount namespace, in which /root shows nothing but that version manager, as .ci/as-user does.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.labs import ROOT, variables

UV = Path(sys.executable).with_name("uv")
USER = 23456
"""An id that has no account, as in a container that is started with one."""
AS_USER = f"""
set -eu
if [ -d /root/.pyenv ]; then
    mkdir "$HOME/pyenv"
    mount --bind /root/.pyenv "$HOME/pyenv"
    mount -t tmpfs -o mode=755 tmpfs /root
    mkdir /root/.pyenv
    mount --move "$HOME/pyenv" /root/.pyenv
    rmdir "$HOME/pyenv"
fi
exec setpriv --reuid {USER} --regid {USER} --clear-groups --inh-caps=-all "$@"
"""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`home`: a folder of the user's own. `programs`: the folder in which `cookielab` is."""

    home: Path
    programs: Path
    lab: Mapping[str, str] = field(default_factory=lambda: variables(5))

    @property
    def python(self) -> Path:
        return self.programs / "python"

    def folder(self, name: str, files: Mapping[str, str] | None = None) -> Path:
        """A new folder of the user's with these files."""
        place = self.home / name
        place.mkdir()
        for file, text in (files or {}).items():
            (place / file).write_text(text)
        self.give(place)
        return place

    def give(self, place: Path) -> None:
        """Makes all below the folder the user's."""
        if os.geteuid() == 0:
            for path in (place, *place.rglob("*")):
                os.lchown(path, USER, USER)

    def run(
        self, place: Path, *words: str, program: str = "cookielab", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """A program of the environment's with these words, called in a folder."""
        environment = {"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        before = ("unshare", "--mount", "sh", "-c", AS_USER, "sh") if os.geteuid() == 0 else ()
        return subprocess.run(
            (*before, str(self.programs / program), *words), cwd=place, env=environment | dict(self.lab) | more,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip


def uv(*words: str, **more: str) -> None:
    """uv, with what it says where it fails. All is compiled as pip does: the user may not write where it is installed."""
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment["UV_COMPILE_BYTECODE"] = "1"
    done = subprocess.run(
        (UV, "--quiet", *words), env=environment | more, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
