"""What Flask-Login documents: Flask's signed cookie, and session_protection "strong"."""

from flask import Flask, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user, fresh_login_required, login_user, logout_user
from werkzeug.wrappers import Response

app = Flask(__name__)
app.secret_key = "for-tests-alone"
manager = LoginManager(app)
manager.login_view = "login"
manager.session_protection = "strong"
PASSWORDS = {"alice": "pw-alice-1", "bob": "pw-bob-1"}
NOTES: dict[str, str] = {}


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


@manager.user_loader
def load(name: str) -> User | None:
    return User(name) if name in PASSWORDS else None


@app.route("/login", methods=["GET", "POST"])
def login() -> str | Response:
    if request.method == "POST" and PASSWORDS.get(request.form["username"]) == request.form["password"]:
        login_user(User(request.form["username"]))
        return redirect("/")
    session["seen"] = 1
    return "<form method=post><input name=username><input name=password type=password><input type=submit></form>"


@app.route("/")
def me() -> str:
    return f"user={current_user.id if current_user.is_authenticated else 'anonymous'};"


@app.route("/note", methods=["GET", "POST"])
@fresh_login_required
def note() -> str | Response:
    if request.method == "POST":
        NOTES[current_user.id] = request.form["note"]
        return redirect("/note")
    return f"note={NOTES.get(current_user.id, '')};"


@app.route("/logout", methods=["GET", "POST"])
def logout() -> Response:
    logout_user()
    return redirect("/")
