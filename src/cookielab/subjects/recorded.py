"""What Playwright's codegen writes, made into a login program as `browser:` wants it.

Codegen writes down what somebody has done in a browser, with the name and the password that they typed. Here these become
the user's own, the address the subject's, and at the end the program prints the browser's state, cookies and all.
"""

import ast
import re
from collections.abc import Mapping

from ..errors import UsageError

HEAD = '''"""Logs in with a browser, for `login: {{browser: {name}}}`. Recorded with `cookielab record`; what it does may be changed by hand.

It is given COOKIELAB_URL, COOKIELAB_USERNAME and COOKIELAB_PASSWORD, and prints the browser's cookies. COOKIELAB_BROWSER
names a Chromium of the machine's own, where Playwright's is not installed.
"""

import json
import os
'''
_SECRET = re.compile(r"pass|pwd|kennwort|contrase|secret|pin\b", re.IGNORECASE)
_TYPED = ("fill", "type", "press_sequentially")
_END = """
page.wait_for_load_state("networkidle")
page.wait_for_timeout(1000)
print(json.dumps(context.storage_state()))
"""
"""A script may still be at it when the last button has been pressed."""
_BROWSER = 'os.environ.get("COOKIELAB_BROWSER")'
_URL, _NAME, _PASSWORD = (f'os.environ["COOKIELAB_{name}"]' for name in ("URL", "USERNAME", "PASSWORD"))


def login_program(recorded: str, url: str, typed: Mapping[str, str], name: str = "login.py") -> str:
    """The program that does the same as any user of any address.

    `recorded`: what codegen wrote for Python; `url`: where it was recorded; `typed`: the username and the password that
    were typed, where they are known. UsageError where there is no login in it.
    """
    try:
        tree = ast.parse(recorded)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"what codegen wrote is no Python: {error}") from None
    change = _Change(url, typed, _entered(tree))
    changed = ast.fix_missing_locations(change.visit(tree))
    if not change.passwords:
        raise UsageError(
            "no password was typed in what was recorded; record once more, and log in before closing the browser"
        )
    if not change.printed:
        raise UsageError("what codegen wrote does not close its context; is it `codegen --target python`?")
    body = "\n\n".join(
        ast.unparse(node) if isinstance(node, ast.Import | ast.ImportFrom) else f"\n{ast.unparse(node)}"
        for node in changed.body
    )
    body = re.sub(r"^((?:from|import) .+)\n\n(?=from|import)", r"\1\n", body, flags=re.MULTILINE)
    return HEAD.format(name=name) + body.replace("\n\n\n\n", "\n\n\n") + "\n"


def _entered(tree: ast.AST) -> tuple[str, str]:
    """The name and the password as they were typed: what went into a field that is called a password, and what before it."""
    before = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (text := _typed(node)) is not None:
            if _SECRET.search(ast.unparse(node.func)):
                return before, text
            before = text
    return "", ""


def _typed(node: ast.Call) -> str | None:
    """The text that a step types, None where it types none."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _TYPED and node.args:
        value = node.args[-1]
        return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return None


class _Change(ast.NodeTransformer):
    """Puts variables where one person's words stand. Text of the pages stays what it is: a text."""

    def __init__(self, url: str, typed: Mapping[str, str], entered: tuple[str, str]) -> None:
        self._url = url.rstrip("/")
        self._name = typed.get("username") or entered[0]
        self._password = typed.get("password") or entered[1]
        self.passwords, self.printed = 0, False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (text := _typed(node)) is not None:
            if text and text == self._password:
                self.passwords += 1
                node.args[-1] = _expression(_PASSWORD)
            elif text and text == self._name:
                node.args[-1] = _expression(_NAME)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in ("goto", "wait_for_url") and node.args:
                node.args[0] = self._here(node.args[0])
            if node.func.attr == "launch":
                browser = ast.keyword("executable_path", _expression(_BROWSER))
                node.keywords = [*(each for each in node.keywords if each.arg != "headless"), browser]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if (said := ast.unparse(node)) == "page.close()":
            return []  # somebody closed the window, which ended the recording
        if said == "context.close()":
            self.printed = True
            return [*ast.parse(_END).body, node]
        return node

    def _here(self, value: ast.expr) -> ast.expr:
        """An address of the server that was recorded, as the one that the program is given."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.startswith(self._url):
            rest = value.value[len(self._url) :]
            return _expression(f"{_URL} + {rest!r}" if rest else _URL)
        return value


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
