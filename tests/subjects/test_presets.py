"""Each preset against the framework that it is about: with it a profile says where the server is and who people are, no more."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cookielab.stage.agents import Agents
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load
from scenarios import SCENARIOS
from tests import tools
from tests.subjects import small
from tests.subjects.applications import PYTHON

HERE = Path(__file__).parent / "presets"
PLAYED = ("nat", "user-switch", "replay-after-logout", "account-disabled")


def checked(agents: Agents, name: str, folder: Path) -> small.Outcome:
    place = folder / name
    shutil.copytree(HERE / name, place)
    if (place / "package-lock.json").exists():
        npm = ("npm", "ci", "--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error")
        subprocess.run(npm, cwd=place, check=True)
    subject = Brought(name, load(place / "cookielab.yaml", {"PYTHON": str(PYTHON)}), place)
    return small.check(agents, subject, folder / "check", [s for s in SCENARIOS if s.id in PLAYED])


def told(outcome: small.Outcome) -> dict[str, str]:
    return {row.scenario.id: row.state for row in outcome.rows}


def test_django(agents: Agents, tmp_path: Path) -> None:
    """All that a profile without a note can have played: its own pages change the password, too."""
    outcome = checked(agents, "django", tmp_path)
    assert told(outcome) == dict.fromkeys(PLAYED, "holds") | {"account-disabled": "told"}, outcome.told()


def test_flask_login(agents: Agents, tmp_path: Path) -> None:
    """Its sessions are signed cookies: a copy outlives the logout, and that is known of them."""
    outcome = checked(agents, "flask-login", tmp_path)
    expected = {"nat": "holds", "user-switch": "holds", "replay-after-logout": "broken", "account-disabled": "left out"}
    assert told(outcome) == expected, outcome.told()
    assert outcome.by == ("finality",)


def test_php(agents: Agents, tmp_path: Path) -> None:
    tools.need("php")
    outcome = checked(agents, "php", tmp_path)
    assert told(outcome) == dict.fromkeys(PLAYED, "holds") | {"account-disabled": "left out"}, outcome.told()


@pytest.mark.apps
@pytest.mark.timeout(600)
def test_express_passport(agents: Agents, tmp_path: Path) -> None:
    tools.need("node", "npm")
    outcome = checked(agents, "express-passport", tmp_path)
    assert told(outcome) == dict.fromkeys(PLAYED, "holds") | {"account-disabled": "left out"}, outcome.told()


@pytest.mark.apps
@pytest.mark.timeout(600)
def test_rails_devise(agents: Agents, tmp_path: Path) -> None:
    """Rails keeps its sessions in the cookie, encrypted: a copy outlives the logout, and not a changed password."""
    tools.need("ruby")
    if subprocess.run(("ruby", "-e", "require 'devise'; require 'puma'; require 'sqlite3'"), check=False).returncode:
        pytest.skip("Devise, puma or sqlite3 for Ruby is missing: apt-get install ruby-devise puma ruby-sqlite3")
    outcome = checked(agents, "rails-devise", tmp_path)
    expected = {"nat": "holds", "user-switch": "holds", "replay-after-logout": "broken", "account-disabled": "told"}
    assert told(outcome) == expected, outcome.told()
    assert outcome.by == ("finality",)
