"""What Playwright's codegen has written becomes a login program. `codegen.txt` is what version 1.65.2 wrote of a real login."""

import ast
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.subjects.recorded import login_program

HERE = Path(__file__).parent / "recorded"
RECORDED = (HERE / "codegen.txt").read_text()
URL = "http://127.0.0.1:27290"


def test_what_codegen_writes_becomes_a_login_of_anybody() -> None:
    """`login.txt` was run against the same server, as another user, with Chromium: it printed that user's cookie."""
    assert login_program(RECORDED, URL, {}) == (HERE / "login.txt").read_text()


def test_what_was_typed_is_told_where_it_is_known() -> None:
    """A field that nothing calls a password is known by what was typed into it."""
    recorded = RECORDED.replace('input[name=\\"password\\"]', "#second")
    program = login_program(recorded, URL, {"username": "alice", "password": "pw-a"})
    assert "locator('#second').fill(os.environ['COOKIELAB_PASSWORD'])" in program
    assert "pw-a" not in program


def test_words_of_a_page_stay_words() -> None:
    """A button's name that looks like code is a text in the program, as it was in what codegen wrote."""
    trap = "\\\"); __import__('os').system('true') #"
    program = login_program(RECORDED.replace('name="Log in"', f'name="{trap}"'), URL, {})
    names = [node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)]
    assert "\"); __import__('os').system('true') #" in names
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call)]
    assert "__import__" not in calls


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ("page.goto(", "what codegen wrote is no Python: '(' was never closed (<unknown>, line 1)"),
        (RECORDED.replace("pw-a", ""), "no password was typed in what was recorded; record once more, and log in before closing the browser"),
        (RECORDED.replace("context.close()", "pass"), "what codegen wrote does not close its context; is it `codegen --target python`?"),
    ],
)  # fmt: skip
def test_what_is_no_recorded_login(recorded: str, message: str) -> None:
    with pytest.raises(UsageError) as told:
        login_program(recorded, URL, {})
    assert str(told.value) == message
