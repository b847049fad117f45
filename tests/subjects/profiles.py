"""How people use the small servers: the plain profile, and those that need another."""

PLAIN = """
run: {python} {program} {name} {{port}}
host: server.lab.test:{{port}}
users:
  alice: {{}}
  bob: {{}}
login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}
me: {{get: /whoami, json: user}}
note:
  write: {{put: /note, json: {{note: "{{canary}}"}}}}
  read: {{get: /note, json: note}}
logout: {{post: /logout, json: {{}}}}
"""
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
_LOGIN = 'login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}\n'
_LOGOUT = "logout: {{post: /logout, json: {{}}}}\n"


def _changed(**lines: str) -> str:
    """The plain profile with other lines: login, logout, users, me, host; `more` is put behind it."""
    text = PLAIN
    for name, old in (
        ("login", _LOGIN),
        ("logout", _LOGOUT),
        ("users", "  alice: {{}}\n  bob: {{}}\n"),
        ("me", "json: user"),
        ("host", "server.lab.test"),
    ):
        text = text.replace(old, lines.get(name, old))
    return text + lines.get("more", "")


_USERS = "  alice: {{password: pw-a}}\n  bob: {{password: pw-b}}\n"
PASSWORDS = _changed(users=_USERS, login=_LOGIN.replace('"{{username}}"', '"{{username}}", password: "{{password}}"'))
CHANGES = PASSWORDS + 'change_password: {{put: /password, json: {{new: "{{new_password}}"}}}}\nsurvives: []\n'
BEARER = _changed(login=_LOGIN.replace('"}}}}}}', '"}}, token: {{at: token}}}}}}'))
_XSRF = "csrf: {{get: /, cookie: XSRF-TOKEN, header: X-XSRF-TOKEN}}"
_SPECIAL = {
    "x_ok_xsrf_encoded": _changed(
        login=_LOGIN.replace('"}}}}}}', f'"}}}}, {_XSRF}}}}}}}}}'), logout=f"logout: {{{{post: /logout, json: {{{{}}}}, {_XSRF}}}}}\n"
    ).replace('"{{canary}}"}}}}', f'"{{{{canary}}}}"}}}}, {_XSRF}}}}}'),
    "x_bad_whoami_text": _changed(me="json: name"),
    "x_ok_pre_session": _changed(login='login: [{{get: /}}, {{post: /login, json: {{user: "{{username}}"}}}}]\n'),
    "x_ok_base_path": _changed(more="base: /app\n"),
    "x_ok_secure": _changed(host="localhost"),
    "x_ok_same_reply_to_wrong_password": PASSWORDS,
    "x_ok_bearer": BEARER,
    "x_bad_bearer_outlives_logout": BEARER,
    "x_ok_basic": _changed(users=_USERS, login="login: {{basic: true}}\n", logout=""),
    "x_ok_password_ends_sessions": CHANGES,
    "x_bad_keeps_sessions_after_password": CHANGES,
} | dict.fromkeys(
    (
        "x_ok_page", "x_ok_page_online", "x_ok_chain", "x_ok_locks_account", "x_ok_echoes_name", "x_bad_lockout_three",
        "x_bad_id_of_login_page", "x_evil_many_forms", "x_evil_deep_html",
    ),
    PAGES,
)  # fmt: skip


def of(name: str) -> str:
    """The profile of a server, with the places of python, program and name left open."""
    return _SPECIAL.get(name, PLAIN)
