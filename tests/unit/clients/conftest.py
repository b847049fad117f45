"""One real agent serves all tests, as a new person in each; a test that ends its agent takes one of its own."""

from collections.abc import Iterator

import pytest

from tests.unit.clients.driver import Driver


@pytest.fixture(scope="session")
def only_agent() -> Iterator[Driver]:
    driver = Driver()
    with driver.process:
        yield driver


@pytest.fixture
def agent(only_agent: Driver) -> Driver:
    only_agent("reset")
    return only_agent


@pytest.fixture
def mortal() -> Iterator[Driver]:
    """An agent that the test may end."""
    driver = Driver()
    with driver.process:
        yield driver
