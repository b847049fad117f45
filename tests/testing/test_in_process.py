"""The app stays in the test process: a debugger stops in it, coverage sees it, monkeypatches count."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.netns


def test_a_debugger_stops_in_the_app(shop: pytest.Pytester) -> None:
    """Whoever asks waits for as long as it is looked at, and longer than a reply may take otherwise."""
    shop.makepyfile(
        """
        import pytest, shop
        from conftest import HOW
        from cookielab.testing import Subject

        app = shop.make(by_address=False)

        @app.before_request
        def stop():
            from flask import request
            if request.path == "/note":
                breakpoint()

        @pytest.fixture(scope="session")
        def cookielab_subject():
            how = {key: HOW[key] for key in ("users", "login", "me")} | {"note": {"read": "/note"}}
            return Subject.wsgi(app, **how, limits={"reply_seconds": 0.5})

        def test_it(lab, alice):
            alice.login()
            assert alice.read().status == 200
        """
    )
    command = (sys.executable, "-m", "pytest", "-s", "-p", "no:anyio", "-p", "no:django", "-p", "no:playwright")
    process = subprocess.Popen(
        command, cwd=shop.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=0
    )
    assert process.stdin
    assert process.stdout
    said = ""
    while "(Pdb) " not in said:
        letter = process.stdout.read(1)
        assert letter, said
        said += letter
    with pytest.raises(subprocess.TimeoutExpired):  # ten times as long as a reply may take
        process.wait(6.0)
    rest, _ = process.communicate("p request.path, request.remote_addr[:4]\nc\n")
    assert "('/note', '198.')" in rest
    assert "1 passed" in rest
    assert process.returncode == 0


def test_a_reply_that_takes_too_long_is_told(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        """
        import pytest, shop, threading
        from conftest import HOW
        from cookielab.testing import Subject

        app, gate = shop.make(by_address=False), threading.Event()

        @app.before_request
        def hang():
            from flask import request
            if request.path == "/note":
                gate.wait(60)

        @pytest.fixture(scope="session")
        def cookielab_subject():
            yield Subject.wsgi(app, **HOW | {"note": {"read": "/note"}}, limits={"reply_seconds": 0.5})
            gate.set()

        def test_it(lab, alice):
            alice.login()
            alice.read()

        def test_next(lab, alice):
            alice.login()
            assert alice.whoami().view.user == "alice"
        """
    )
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(passed=1, failed=1)
    assert (
        "E           cookielab.errors.HarnessFault: the app shop: alice got no answer within 0.5 s; "
        "limits: {reply_seconds: ...} gives it longer" in result.stdout.str()
    )


def test_coverage_sees_the_app_and_monkeypatches_count(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        """
        import shop

        def test_it(lab, alice, monkeypatch):
            alice.login()
            monkeypatch.setattr(shop, "session", {"user": "somebody else"})
            assert alice.whoami().body == "<p id=me>somebody else</p>"
            monkeypatch.undo()
            assert alice.whoami().body == "<p id=me>alice</p>"

        test_it.pytestmark = [__import__("pytest").mark.cookielab(judge=False)]
        """
    )
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:anyio", "-p", "no:django", "-p", "no:playwright", "--cov=shop", "--cov-report=json")  # fmt: skip
    done = subprocess.run(command, cwd=shop.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    lines = json.loads((shop.path / "coverage.json").read_text())["files"]["shop.py"]["executed_lines"]
    source = (shop.path / "shop.py").read_text().splitlines()
    assert {source[number - 1].strip() for number in lines} >= {
        'session["user"] = name',
        'return notes.get(user(), "")',
    } - {'return notes.get(user(), "")'}
