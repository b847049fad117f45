"""A change that works on what it is given, and returns nothing, is noticed."""

from collections.abc import Callable
from typing import Any

import pytest

from sessiontable import SessionError
from sessiontable.logic.noticing import result_of


def no(_: Any) -> bool:
    return False


def yes(_: Any) -> bool:
    return True


CHANGES: list[tuple[Any, Callable[[Any], Any]]] = [
    ([1], lambda given: given.append(2)),
    ([1], lambda given: given.extend([])),
    ([1], lambda given: given.insert(0, 1)),
    ([1], lambda given: given.remove(1)),
    ([1], lambda given: given.reverse()),
    ([1], lambda given: given.sort()),
    ([1], lambda given: given.__iadd__([]) and None),
    ([1], lambda given: given.__imul__(1) and None),
    ([1], lambda given: given.clear()),
    ([1], lambda given: given.pop() and None),
    ([1], lambda given: given.__setitem__(0, 1)),
    ([1], lambda given: given.__delitem__(0)),
    ({"a": 1}, lambda given: given.popitem() and None),
    ({"a": 1}, lambda given: given.setdefault("a", 1) and None),
    ({"a": 1}, lambda given: given.update(a=1)),
    ({"a": 1}, lambda given: given.__ior__({}) and None),
    ({"a": 1}, lambda given: given.clear()),
    ({"a": 1}, lambda given: given.pop("b", None)),
    ({"a": 1}, lambda given: given.__setitem__("a", 1)),
    ({"a": 1}, lambda given: given.__delitem__("a")),
    ({"items": {"b": 1}}, lambda given: given["items"].pop("c", None)),  # a list or dict within is no other thing
    ({"tags": [1, 2]}, lambda given: given["tags"].sort()),
    ([[1], {"a": [2]}], lambda given: given[1]["a"].reverse()),
    ([{}], lambda given: [each.clear() for each in given] and None),
]


@pytest.mark.parametrize(("given", "change"), CHANGES)
def test_each_way_to_change_a_value_is_noticed(given: Any, change: Callable[[Any], Any]) -> None:
    """It is done as it would be without, and told although the value may be the same."""
    message = (
        "the change of session value 'x' changed what it was given and returned None, which would remove the value: "
        "return the new one, as lambda basket: [*basket, item]"
    )
    with pytest.raises(SessionError) as told:
        result_of("x", change, given, yes)
    assert str(told.value) == message


def test_a_change_gives_what_it_returns() -> None:
    assert result_of("x", lambda given: None, [1], yes) is None
    assert result_of("x", lambda given: None, None, no) is None
    assert result_of("x", lambda given: None, 5, yes) is None
    assert result_of("x", lambda given: (given or 0) + 1, None, no) == 1
    for given in ([1], {"a": [1]}):
        same = result_of("x", lambda given: given, given, no)
        assert type(same) is type(given)
        assert same == given
    grown = result_of("x", lambda given: given.append(2) or given, [1], no)
    assert (type(grown), grown) == (list, [1, 2])
    other = object()
    assert result_of("x", lambda given: other, [1], no) is other
