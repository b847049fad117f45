"""The same test against apps of several frameworks, beside the plugins that their users have."""

import logging
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.testing.conftest import failures

pytestmark = pytest.mark.netns
WHO = """
def test_who_is_who(lab, alice, bob):
    alice.login()
    bob.login()
    alice.whoami()
    bob.whoami()
"""


def test_fastapi(project: Callable[..., pytest.Pytester]) -> None:
    """An ASGI app with its lifespan: the bug is found, the mended version passes, and both see who calls."""
    suite = project("api.py", conftest="api_conftest.py")
    suite.makepyfile(
        test_buggy=f"""
import pytest
from conftest import BUGGY

@pytest.fixture(scope="module")
def cookielab_subject():
    return BUGGY
{WHO}""",
        test_mended=f"""{WHO}
def test_addresses(lab, alice, bob, dave_at_the_office):
    import json
    seen = [json.loads(person.whoami().body)["from"] for person in (alice, bob, dave_at_the_office)]
    gateways = {{name: str(lab.network.public_address(who)) for name, who in (("home", alice), ("office", dave_at_the_office))}}
    assert seen == [gateways["home"], gateways["home"], gateways["office"]]

import pytest

@pytest.fixture
def dave_at_the_office(lab):
    return lab.person("dave", user="bob")
""",
    )
    result = suite.runpytest("-p", "no:anyio")
    result.assert_outcomes(passed=2, failed=1)
    assert re.search(r"^isolation is broken: alice, logged in as alice, was taken for bob ", failures(result), re.M)


def test_asgi_without_uvicorn(project: Callable[..., pytest.Pytester]) -> None:
    """It is told what is missing, and what to install."""
    suite = project("api.py", conftest="api_conftest.py")
    suite.makepyfile(
        "import sys\nsys.modules['uvicorn'] = None\ndef test_it(lab):\n    pass\n",
    )
    result = suite.runpytest_subprocess("-p", "no:anyio")
    result.assert_outcomes(errors=1)
    assert (
        "\nSubject.asgi needs uvicorn to serve the app, and it is not installed here: pip install uvicorn\n"
        in result.stdout.str()
    )


def test_an_asgi_app_that_does_not_start(
    project: Callable[..., pytest.Pytester], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says is heard, also where somebody's logging has put others' loggers to silence."""
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "disabled", True)
    suite = project("api.py")
    suite.makeconftest(
        """
        import pytest
        from cookielab.testing import Subject

        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                await receive()
                await send({"type": "lifespan.startup.failed", "message": "the database is not there"})

        @pytest.fixture(scope="session")
        def cookielab_subject():
            return Subject.asgi(app, users={"alice": {"password": "a"}}, login="/", me="/")
        """
    )
    suite.makepyfile("def test_it(lab):\n    pass\n")
    result = suite.runpytest("-p", "no:anyio")
    result.assert_outcomes(errors=1)
    assert re.search(r"^the app app did not start: the database is not there", result.stdout.str(), re.M)


SUBJECT = """
import pytest
from cookielab.testing import Subject

HOW = dict(users={"alice": {"password": "pw-a"}, "bob": {"password": "pw-b"}}, login="/login",
           me={"get": "/me", "css": "#me"})

@pytest.fixture(autouse=True)
def people(transactional_db):
    from django.contrib.auth.models import User
    for name, user in HOW["users"].items():
        User.objects.create_user(name, password=user["password"])
"""


@pytest.fixture
def django(project: Callable[..., pytest.Pytester]) -> pytest.Pytester:
    suite = project("mysite.py", "mysite_urls.py")
    suite.makeini("[pytest]\nDJANGO_SETTINGS_MODULE = mysite\npythonpath = .\n")
    return suite


def test_django_s_live_server(django: pytest.Pytester) -> None:
    """pytest-django serves the app, with its database; the lab goes there, and each test finds its own rows."""
    django.makeconftest(
        f"""{SUBJECT}
@pytest.fixture(scope="session")
def cookielab_subject(live_server):
    return Subject.url(live_server.url, **HOW)
"""
    )
    django.makepyfile(
        test_shop=f"""{WHO}
def test_again(lab, alice):
    alice.login()
    assert alice.whoami().view.user == "alice"

def test_without_the_lab(client):
    assert client.get("/me").status_code == 200
"""
    )
    django.runpytest_subprocess("-p", "no:anyio", "-p", "no:playwright").assert_outcomes(passed=3)


def test_django_as_an_app_object(django: pytest.Pytester) -> None:
    """The WSGI app in the test process, with the test's own database."""
    django.makeconftest(
        f"""{SUBJECT}
@pytest.fixture(scope="session")
def cookielab_subject():
    from django.core.wsgi import get_wsgi_application
    return Subject.wsgi(get_wsgi_application(), **HOW)
"""
    )
    django.makepyfile(test_shop=f"{WHO}\ndef test_again(lab, alice):\n    alice.login()\n    alice.whoami()\n")
    django.runpytest_subprocess("-p", "no:anyio", "-p", "no:playwright").assert_outcomes(passed=2)


def test_beside_playwright(shop: pytest.Pytester) -> None:
    """Its options and fixtures and the lab's are there together; a suite that uses none of the lab does not load it."""
    shop.makepyfile(f"{WHO}\ndef test_options(browser_name, request):\n    assert browser_name == 'chromium'\n"
                    "    assert request.config.getoption('--cookielab-trace') is False\n")  # fmt: skip
    helped = subprocess.run(
        (sys.executable, "-m", "pytest", "--help"), cwd=shop.path, capture_output=True, text=True, check=True
    ).stdout
    assert "--headed" in helped
    assert "--cookielab-trace" in helped
    assert "--cookielab-engine" in helped
    shop.runpytest_subprocess("-p", "no:anyio").assert_outcomes(passed=2)
