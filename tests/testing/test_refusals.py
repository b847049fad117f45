"""What is told where the lab cannot be had, or the subject is not what its profile says: the whole message."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from cookielab.engines import machine
from tests.testing.conftest import failures

pytestmark = pytest.mark.netns
USE = "def test_it(lab, alice):\n    alice.login()\n"


def errors(result: pytest.RunResult) -> str:
    """What is printed of a test that did not get as far as to run."""
    text = result.stdout.str().partition("= ERRORS =")[2].partition("\n=")[0]
    return "\n".join(text.splitlines()[2:])


def test_without_an_engine_the_test_is_skipped_with_the_remedy(shop: pytest.Pytester) -> None:
    """--cookielab-require makes a failure of it. In a namespace of its own this machine has no nft."""
    shop.makepyfile(USE + "def test_again(lab):\n    pass\ndef test_without():\n    pass\n")
    nft = Path(shutil.which("nft", path=machine.search_path()) or "").resolve()
    hidden = (
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-ec",
        'mount --bind /dev/null "$0"; exec "$@"',
        nft,
    )
    command = (*hidden, sys.executable, "-m", "pytest", "-p", "no:anyio", "-rs", "--cookielab-engine", "netns")
    result = shop.run(*command)
    result.assert_outcomes(passed=1, skipped=2)
    told = " ".join(result.stdout.str().split())
    assert (
        "the netns engine cannot run here: - nft is not installed; apt-get install nftables "
        "(--cookielab-require makes this a failure)" in told
    )
    result = shop.run(*command, "--cookielab-require")
    result.assert_outcomes(passed=1, errors=2)
    assert errors(result).splitlines()[:2] == [
        "the netns engine cannot run here:",
        "  - nft is not installed; apt-get install nftables",
    ]


def test_nothing_says_what_to_test(shop: pytest.Pytester) -> None:
    (shop.path / "conftest.py").unlink()
    shop.makepyfile(USE)
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(errors=1)
    assert errors(result) == (
        f"nothing says what the lab is to test: there is no cookielab.yaml in {shop.path}, and no fixture cookielab_subject. "
        "In conftest.py:\n\n"
        '    @pytest.fixture(scope="session")\n'
        "    def cookielab_subject():\n"
        "        return Subject.wsgi(app, users=..., login=..., me=...)    # from cookielab.testing import Subject"
    )


def test_the_profile_counts_where_nothing_else_is_said(shop: pytest.Pytester) -> None:
    """`cookielab.yaml` is the same as for `cookielab check`; words that a test suite adds count before it."""
    (shop.path / "conftest.py").unlink()
    (shop.path / "serve.py").write_text("import shop, sys\nshop.make(by_address=False).run(port=int(sys.argv[1]))\n")
    (shop.path / "cookielab.yaml").write_text(
        f"run: {sys.executable} serve.py {{port}}\nusers: {{alice: {{password: pw-a}}, bob: {{password: pw-b}}}}\n"
        "login: /login\nme: {get: /, css: '#me'}\n"
    )
    shop.makepyfile(
        test_plain=USE + "    assert alice.whoami().view.user == 'alice'\n",
        test_object="""
            import pytest, shop
            from cookielab.testing import Subject

            @pytest.fixture(scope="module")
            def cookielab_subject():
                return Subject.wsgi(shop.make(by_address=True), profile="cookielab.yaml", logout={"post": "/logout"})

            def test_it(lab, alice, bob):
                alice.login()
                bob.login()
                alice.whoami()
        """,
    )
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(passed=1, failed=1)
    assert "isolation is broken: " in failures(result)


def test_a_failed_preflight_fails_each_test_with_its_row(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        USE + "def test_again(lab):\n    pass\n\nimport pytest, conftest\nfrom cookielab.testing import Subject\n\n"
        "@pytest.fixture(scope='module')\ndef cookielab_subject():\n"
        "    return Subject.wsgi(conftest.MENDED, **conftest.HOW | {'me': {'get': '/', 'css': '#who'}})\n"
    )
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(errors=2)
    told = re.findall(
        r"^the lab cannot use the subject of (\S+) as the profile says, so nothing is judged\.\n  (.*)\n  what would change it: (.*)$",
        result.stdout.str(), re.M,
    )  # fmt: skip
    assert len(told) == 2
    assert told[0] == told[1]
    place, row, line = told[0]
    assert place == "test_a_failed_preflight_fails_each_test_with_its_row.py:11"
    assert row.startswith("alice is alice: ")
    assert line.startswith("me: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"logni": "/login"}, "logni: there is no such key; did you mean 'login'?"),
        ({"me": {"get": "/", "css": "["}}, "me.css: is no CSS selector: '['"),
    ],
)  # fmt: skip
def test_words_that_no_profile_has(shop: pytest.Pytester, words: dict[str, object], told: str) -> None:
    """The place is that in the test suite."""
    shop.makeconftest(
        "import pytest, shop\nfrom cookielab.testing import Subject\n\n@pytest.fixture(scope='session')\n"
        f"def cookielab_subject():\n    return Subject.wsgi(shop.make(by_address=False), **{words!r})\n"
    )
    shop.makepyfile(USE)
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(errors=1)
    assert errors(result) == f"conftest.py:6 (Subject.wsgi): {told}"


def test_a_marker_that_says_what_there_is_not(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        "import pytest\n@pytest.mark.cookielab(nta='pool')\ndef test_word(lab):\n    pass\n"
        "@pytest.mark.cookielab(nat='poool')\ndef test_kind(lab):\n    pass\n"
        "@pytest.mark.cookielab(capture='mimt')\ndef test_mode(lab):\n    pass\n"
    )
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(errors=3)
    told = result.stdout.str()
    assert "unknown word of the marker cookielab 'nta'. Did you mean 'nat'? There are: nat, capture, judge" in told
    assert "unknown capture mode 'mimt'. Did you mean 'mitm'? There are: mitm, passive, off" in told
    assert re.search(r"^home-gateway: .*NAT kind.*'poool'", told, re.M)


def test_what_nobody_has_said_is_found_out(shop: pytest.Pytester) -> None:
    """Users alone are enough where the login and the page that says who one is can be found; otherwise it is told what is missing."""
    shop.makeconftest(
        "import pytest, shop\nfrom cookielab.testing import Subject\n\n"
        "USERS = {'alice': {'password': 'pw-a'}, 'bob': {'password': 'pw-b'}}\n"
        "BUGGY = Subject.wsgi(shop.make(by_address=True), users=USERS)\n"
        "NOTHING = Subject.wsgi(lambda environ, start: start('200 OK', []) and [b'hello'] or [b'hello'], users=USERS)\n\n"
        "@pytest.fixture(scope='session', params=['BUGGY', 'NOTHING'])\ndef cookielab_subject(request):\n"
        "    return globals()[request.param]\n"
    )
    shop.makepyfile(USE + "\ndef test_who(lab, alice, bob):\n    alice.login()\n    bob.login()\n    alice.whoami()\n")
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(passed=1, failed=1, errors=2)
    assert "isolation is broken: alice, logged in as alice, was taken for bob" in failures(result)
    assert len(
        re.findall(
            r"^not enough was found out about the subject of conftest.py:6 to judge anything\. Missing:\n  ",
            result.stdout.str(), re.M,
        )
    ) == 2  # fmt: skip
