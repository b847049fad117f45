"""The setting SESSIONTABLE."""

from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from sessiontable import Cookie, SessionTable


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (None, r"SESSIONTABLE is None: give it a store"),
        ({"store": "redsi://x"}, r"makes no table: store URL 'redsi://x' has no scheme that is known"),
        ({"store": "memory:", "idle": 3}, r"makes no table: .* unexpected keyword argument 'idle'"),
        ({"store": "memory:", "cookie": Cookie()}, r"has a cookie: Django's own settings make it"),
    ],
)
def test_settings_that_make_no_sense(client: Any, options: Any, told: str) -> None:
    client.raise_request_exception = True
    with override_settings(SESSIONTABLE=options), pytest.raises(ImproperlyConfigured, match=told):
        client.get("/me")


def test_limits_of_one_s_own() -> None:
    from sessiontable.django import table

    def limits(**options: int) -> tuple[int, int]:
        with override_settings(SESSIONTABLE={"store": "memory:", **options}):
            made: SessionTable = table()
            return made.idle_timeout, made.absolute_timeout

    age = settings.SESSION_COOKIE_AGE
    assert limits() == (age, age)
    assert limits(idle_timeout=60) == (60, age)
    assert limits(absolute_timeout=60) == (60, 60)
    assert limits(absolute_timeout=2 * age) == (age, 2 * age)
    assert limits(idle_timeout=2 * age) == (2 * age, 2 * age)
