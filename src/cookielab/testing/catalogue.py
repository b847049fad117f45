"""The scenarios, for a test that plays each of them: `@pytest.mark.parametrize("scenario", scenarios(tag="isolation"))`."""

from typing import TYPE_CHECKING, Any

from ..errors import one_of
from ..stage.catalogue import catalogued

if TYPE_CHECKING:
    from ..stage.scenario import Scenario

RACE, COOKIES = "race", "cookies"


def scenarios(tag: str | None = None) -> list[Any]:
    """All scenarios, or those of a tag, as parameters of a test, each with its id.

    A tag is an invariant that the scenario puts to the test, `race` for what happens at once, `cookies` for ids in cookies
    that are tried, the capture mode that it needs, or its own id. UsageError with the nearest one for any other word.
    """
    import pytest

    catalogue = catalogued()
    if tag is not None:
        one_of(dict.fromkeys(word for each in catalogue.values() for word in tags(each)), tag, "tag")
    return [pytest.param(each, id=each.id) for each in catalogue.values() if tag is None or tag in tags(each)]


def tags(scenario: "Scenario") -> tuple[str, ...]:
    """The words by which a scenario is chosen."""
    more = [RACE] if scenario.repeated else []
    more += [COOKIES] if scenario.of_cookies else []
    more += [scenario.capture] if scenario.capture else []
    return (*scenario.exercises, *more, scenario.id)
