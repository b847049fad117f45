"""The line that brings an extra, by where this copy of the lab came from."""

import json
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from cookielab import extras
from cookielab.errors import EngineMissing, UsageError
from tests.labs import ROOT

DIRECTORY = {"url": "file:///home/ann/cookielab", "dir_info": {}}
EDITABLE = {"url": "file:///home/ann/cookielab", "dir_info": {"editable": True}}
GIT = {
    "url": "https://git.example/lab.git",
    "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "c0ffee"},
}
WHEEL = {"url": "file:///tmp/cookielab_cli-0.1.0-py3-none-any.whl", "archive_info": {}}


def installed(place: Path, origin: object) -> Distribution:
    folder = place / "cookielab_cli-0.1.0.dist-info"
    folder.mkdir()
    if origin:
        (folder / "direct_url.json").write_text(json.dumps(origin))
    return PathDistribution(folder)


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (DIRECTORY, ["/home/ann/cookielab[mitm]"]),
        (EDITABLE, ["--editable", "/home/ann/cookielab[mitm]"]),
        (GIT, ["cookielab-cli[mitm] @ git+https://git.example/lab.git@c0ffee"]),
        (WHEEL, ["cookielab-cli[mitm] @ file:///tmp/cookielab_cli-0.1.0-py3-none-any.whl"]),
        (None, ["cookielab-cli[mitm]"]),
    ],
)
def test_it_names_where_the_lab_came_from(tmp_path: Path, origin: object, wanted: list[str]) -> None:
    assert extras.requirement("mitm", installed(tmp_path, origin)) == wanted


def test_what_is_there_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """1. a package that is there 2. one that is not, with what it is for and the line 3. a name that is no extra."""
    monkeypatch.setitem(extras.EXTRAS, "mitm", extras.Extra("json", "json"))
    extras.insist("mitm", "capture=mitm needs it")
    monkeypatch.setitem(extras.EXTRAS, "mitm", extras.Extra("no_such_module", "mitmproxy"))
    with pytest.raises(EngineMissing) as caught:
        extras.insist("mitm", "capture=mitm needs it")
    assert str(caught.value) == (
        "the Python package mitmproxy is not installed, and capture=mitm needs it; install it:  " + extras.line("mitm")
    )
    with pytest.raises(UsageError, match=r"^unknown extra 'mitn'\. Did you mean 'mitm'\?"):
        extras.there("mitn")


def test_every_extra_is_one_of_the_distributions() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for name, extra in extras.EXTRAS.items():
        assert f'\n{name} = ["{extra.package}' in text
    assert f'\nall = ["{extras.NAME}[{",".join(extras.EXTRAS)}]"]' in text
