"""An app whose session is on the table, and its visitor."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sessiontable import SessionTable
from sessiontable.flask import Sessions

from .site import pages


@pytest.fixture
def app(table: SessionTable) -> Flask:
    app = Flask(__name__)
    Sessions(app, table)
    pages(app)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
