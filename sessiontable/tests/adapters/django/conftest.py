"""A Django project, a store that can be told to fail, and a visitor."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings

from ..conftest import Failing
from . import project


@pytest.fixture(scope="session", autouse=True)
def _configured(tmp_path_factory: pytest.TempPathFactory) -> None:
    project.configure(tmp_path_factory.mktemp("django"))
    from django.contrib.auth.models import User

    for name in ("alice", "bob"):
        User.objects.create_superuser(name, password="pw")


@pytest.fixture(scope="module", autouse=True)
def _closed(_configured: None) -> Iterator[None]:
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def store() -> Iterator[Failing]:
    store = Failing()
    with override_settings(SESSIONTABLE={"store": store}):
        yield store


@pytest.fixture
def client() -> Any:
    return Client(raise_request_exception=False)
