"""One real agent serves all tests, as a new person in each; a test that ends its agent takes one of its own."""

from collections.abc import Iterator

import pytest

from tests.unit.clients.driver import Driver


@pytest.fixture(scope="session")
def only_agent() -> Iterator[Driver]:
    driver = Driver()
    with driver.process:
        yield driver


@pytest.fixture(params=["requests", "h11"])
def agent(only_agent: Driver, request: pytest.FixtureRequest) -> Driver:
    """What both clients do alike."""
    only_agent.via = request.param
    only_agent("reset")
    return only_agent


@pytest.fixture
def exact(only_agent: Driver) -> Driver:
    """What the client on h11 alone can do."""
    only_agent.via = "h11"
    only_agent("reset")
    return only_agent


@pytest.fixture
def mortal() -> Iterator[Driver]:
    """An agent that the test may end."""
    driver = Driver()
    with driver.process:
        yield driver
