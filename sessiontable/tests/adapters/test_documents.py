"""Every block of the documents that begins with a file's name is run as it stands, and people log in, buy and log out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from .examples import ROOT, served

DOCUMENTS = ("README.md", "docs/sessions.md", "docs/migrating.md")
BLOCK = re.compile(r"^(#+) ([^\n]+)\n(?:(?!^#+ ).)*?```python\n(.*?)```", re.MULTILINE | re.DOTALL)
MORE = {
    "uvicorn": ("--port", "0"),
    "flask": ("--port", "0"),
    "gunicorn": ("--bind", "127.0.0.1:0", "--no-control-socket"),
}


def blocks(first_line: str) -> dict[str, str]:
    """The first block below each heading, by document and heading."""
    found = {}
    for document in DOCUMENTS:
        for _, heading, text in BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
            if text.startswith(first_line):
                found[f"{Path(document).name}: {heading}"] = text
    return found


APPS, PROJECTS = blocks("# main.py: "), blocks("# settings.py")


def test_the_documents_have_them() -> None:
    assert [name for name in [*APPS, *PROJECTS] if name.startswith("README")] == [
        "README.md: FastAPI",
        "README.md: Flask",
        "README.md: Django",
    ]
    assert len(APPS) == 7
    assert len(PROJECTS) == 2


@pytest.fixture(params=APPS)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The block as main.py in an empty folder, started by the command in its first line."""
    text = APPS[request.param]
    command = text.partition("\n")[0].removeprefix("# main.py: ").split()
    (tmp_path / "main.py").write_text(text)
    with running(tmp_path, (*command, *MORE[command[0]])) as home:
        yield home


@contextmanager
def running(folder: Path, command: tuple[str, ...], **environ: str) -> Iterator[str]:
    with served(folder.name, command, folder, folder / "log", environ) as example:
        yield f"http://127.0.0.1:{example.port()}"


def test_a_person_s_way(home: str) -> None:
    """1. a stranger's basket 2. the login: a new id, and the basket comes along 3. the logout, for good."""
    with requests.Session() as browser:
        browser.post(f"{home}/basket/milk")
        (before,) = browser.cookies.values()
        assert browser.post(f"{home}/login/alice").status_code == 200
        (after,) = browser.cookies.values()
        assert after != before
        browser.post(f"{home}/basket/tea")
        seen = browser.get(home)
        told: dict[str, Any] = seen.json()
        assert (told["user"], told["basket"]) == ("alice", ["milk", "tea"])
        assert told.get("told", ["Hello alice"]) == ["Hello alice"]
        assert seen.headers["Cache-Control"] == "no-store"
        browser.post(f"{home}/logout")
        assert not browser.cookies
        name = "sid" if "sid=" in seen.request.headers["Cookie"] else "sessiontable"
        copy = requests.get(home, cookies={name: after}, timeout=20).json()
        assert (copy["user"] or None, any(copy["basket"] or [])) == (None, False)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_django_project(name: str, tmp_path: Path) -> None:
    """`startproject`, the block at the end of its settings, and its admin: login, something added, logout for good."""
    manage = (sys.executable, "manage.py")
    environ = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SUPERUSER_PASSWORD": "pw",
        "DJANGO_SUPERUSER_USERNAME": "ann",
        "DJANGO_SUPERUSER_EMAIL": "ann@example.com",
    }
    for command in (
        (sys.executable, "-m", "django", "startproject", "site1", "."),
        (*manage, "migrate", "--verbosity", "0"),
        (*manage, "createsuperuser", "--noinput"),
        (*manage, "check"),
    ):
        subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=60)
        if command[2] == "django":
            settings = tmp_path / "site1" / "settings.py"
            settings.write_text(settings.read_text() + "\n\n" + PROJECTS[name])
    with running(tmp_path, ("gunicorn", *MORE["gunicorn"], "site1.wsgi")) as home, requests.Session() as browser:
        browser.get(f"{home}/admin/login/")
        form = {
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            "username": "ann",
            "password": "pw",
            "next": "/admin/",
        }
        assert "Site administration" in browser.post(f"{home}/admin/login/", form).text
        copy = browser.cookies["sessionid"]
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "name": "staff"}
        assert "was added successfully" in browser.post(f"{home}/admin/auth/group/add/", form).text
        browser.post(f"{home}/admin/logout/", {"csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        assert requests.get(f"{home}/admin/", cookies={"sessionid": copy}, timeout=20).url != f"{home}/admin/"
    assert (tmp_path / "sessions.db").exists()
