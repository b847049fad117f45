"""Further servers that the lab has never seen, tried by fresh eyes; some need a profile of their own."""

from pathlib import Path

from tests.subjects import small
from tests.subjects.small import PROFILE

MORE = Path(__file__).parent / "more.py"
ALL = small.names(MORE)
PAGES = """
run: {python} {program} {name} {{port}}
host: server.lab.test:{{port}}
users:
  alice: {{password: pw-a}}
  bob: {{password: pw-b}}
login: {{form: /login}}
me: {{get: /, css: "#me"}}
note:
  write: {{form: {{page: /, action: /note, fields: {{note: "{{canary}}"}}}}}}
  read: {{get: /, field: note}}
logout: {{form: {{page: /, action: /logout}}}}
"""
VISIT_FIRST = PROFILE.replace(
    'login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}',
    'login: [{{get: /}}, {{post: /login, json: {{user: "{{username}}"}}}}]',
)
LOGIN = 'login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}'
PASSWORDS = (
    PROFILE.replace("alice: {{}}", "alice: {{password: pw-a}}")
    .replace("bob: {{}}", "bob: {{password: pw-b}}")
    .replace(LOGIN, 'login: {{json: {{post: /login, body: {{user: "{{username}}", password: "{{password}}"}}}}}}')
)
CHANGES = PASSWORDS + 'change_password: {{put: /password, json: {{new: "{{new_password}}"}}}}\nsurvives: []\n'
PROFILES = {
    **dict.fromkeys(
        (
            "x_ok_page", "x_ok_page_online", "x_ok_chain", "x_ok_locks_account", "x_ok_echoes_name",
            "x_bad_lockout_three", "x_evil_many_forms", "x_evil_deep_html",
        ),
        PAGES,
    ),
    "x_ok_pre_session": VISIT_FIRST,
    "x_ok_base_path": PROFILE + "base: /app\n",
    "x_ok_secure": PROFILE.replace("server.lab.test", "localhost"),
    "x_ok_same_reply_to_wrong_password": PASSWORDS,
    "x_ok_bearer": PROFILE.replace("{{username}}", "{{username}}").replace(
        '"{{username}}"}}}}}}', '"{{username}}"}}, token: {{at: token}}}}}}'
    ),
    "x_ok_basic": PASSWORDS[: PASSWORDS.index("login:")] + "login: {{basic: true}}\n" + PASSWORDS[PASSWORDS.index("me:") :].replace(
        "logout: {{post: /logout, json: {{}}}}\n", ""
    ),
    "x_ok_password_ends_sessions": CHANGES,
    "x_bad_keeps_sessions_after_password": CHANGES,
}  # fmt: skip
