"""One theatre for each engine, in the lab that all tests of that engine share."""

from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from tests.scenarios.theatre import Theatre

THEATRES: dict[str, Theatre] = {}
"""Those that have opened in this test process, by engine."""


@pytest.fixture(scope="session")
def theatre(lab: Engine, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return THEATRES.setdefault(lab.name, Theatre(lab, tmp_path_factory.mktemp(f"runs-{lab.name}")))


@pytest.fixture(scope="session")
def theatres() -> dict[str, Theatre]:
    """By engine, those that were played in before."""
    return THEATRES
