"""A lab on namespaces for servers that somebody brings: they run on the machine's own programs."""

from collections.abc import Iterator

import pytest

from cookielab.engines.base import Engine
from cookielab.stage.agents import Agents
from tests.labs import engine, need
from tests.subjects import several
from tests.subjects.small import Outcomes


@pytest.fixture(scope="session")
def netns_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Up once for all of them, without mitmproxy."""
    need("netns")
    lab = engine("netns", tmp_path_factory.mktemp("lab"), part=2)
    lab.up()
    yield lab
    lab.down()


@pytest.fixture(scope="module")
def agents(netns_lab: Engine) -> Iterator[Agents]:
    """The people's agents at its hosts, for one file of tests."""
    with Agents(netns_lab) as agents:
        yield agents


@pytest.fixture(scope="module")
def outcome_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """What the check of a server said. All that were selected are started at once, in the order of the tests."""
    need("netns")
    items = [item for item in request.session.items if item.path == request.path]
    names = [str(spec.params["name"]) for item in items if (spec := getattr(item, "callspec", None))]
    whole = "or not more" in str(request.config.option.markexpr)  # as by `make test-more`
    with several.checks(tmp_path_factory.mktemp("several"), whole=whole) as checks:
        started = {name: checks.start(name) for name in names}
        yield lambda name: started[name].result()
