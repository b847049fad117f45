"""What a profile may ask for that is not there yet is refused before anything starts."""

from pathlib import Path
from typing import cast

import pytest

from cookielab.engines.base import Engine
from cookielab.errors import UsageError
from cookielab.subjects.kinds import Brought, handler
from cookielab.subjects.reading import load

REST = "users: {alice: {password: a}}\nlogin: {form: /login}\nme: {get: /, json: user}\n"


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("image: example.test/app:1", "image"),
        ("compose: {service: web, port: 8000}", "compose"),
    ],
)
def test_what_is_not_there_yet(tmp_path: Path, where: str, word: str) -> None:
    path = tmp_path / "cookielab.yaml"
    path.write_text(f"{where}\n{REST}")
    with pytest.raises(UsageError) as caught:
        Brought("mine", load(path, {}), tmp_path).open(cast(Engine, None))
    assert str(caught.value) == f"mine: `{word}:` is not there in this version; use `run:` or `url:`"


def test_an_unknown_handler() -> None:
    with pytest.raises(UsageError, match=r"^unknown handler 'sesion_table'. Did you mean 'session_table'\?"):
        handler("sesion_table")
