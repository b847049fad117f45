"""Kinds of subject that cannot be here are refused before anything starts."""

from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.subjects.kinds import Brought, handler
from cookielab.subjects.reading import load
from tests import labs

REST = "users: {alice: {password: a}}\nlogin: {form: /login}\nme: {get: /, json: user}\n"


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("image: example.test/app:1", "image"),
        ("compose: {service: web, port: 8000}", "compose"),
    ],
)
def test_containers_need_docker(tmp_path: Path, where: str, word: str) -> None:
    path = tmp_path / "cookielab.yaml"
    path.write_text(f"{where}\n{REST}")
    with pytest.raises(UsageError) as caught:
        Brought("mine", load(path, {}), tmp_path).open(labs.engine("netns", tmp_path))
    assert str(caught.value) == f"{word}: needs containers, and the lab is on netns; use ENGINE=docker"


def test_an_unknown_handler() -> None:
    with pytest.raises(UsageError, match=r"^unknown handler 'sesion_table'. Did you mean 'session_table'\?"):
        handler("sesion_table")
