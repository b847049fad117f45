"""A lab on namespaces for servers that somebody brings: they run on the machine's own programs."""

from collections.abc import Iterator

import pytest

from cookielab.engines.base import Engine
from tests.labs import engine, need


@pytest.fixture(scope="session")
def netns_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Up once for all of them, without mitmproxy."""
    need("netns")
    lab = engine("netns", tmp_path_factory.mktemp("lab"), part=2)
    lab.up()
    yield lab
    lab.down()
