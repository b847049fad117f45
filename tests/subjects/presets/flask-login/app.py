"""Flask-Login as its documentation shows it."""

import sys

import flask
import flask_login
from flask.typing import ResponseReturnValue

app = flask.Flask(__name__)
app.secret_key = "for-this-test-only"
login_manager = flask_login.LoginManager(app)
users = {"alice": {"password": "pw-a"}, "bob": {"password": "pw-b"}}


class User(flask_login.UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


@login_manager.user_loader
def user_loader(name: str) -> User | None:
    return User(name) if name in users else None


@app.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    if flask.request.method == "GET":
        return """<form action='login' method='POST'><input type='text' name='email' id='email' placeholder='email'/>
            <input type='password' name='password' id='password' placeholder='password'/>
            <input type='submit' name='submit'/></form>"""
    name = flask.request.form["email"]
    if name in users and flask.request.form["password"] == users[name]["password"]:
        flask_login.login_user(User(name))
        return flask.redirect("/")
    return "Bad login"


@app.route("/")
def front() -> str:
    user = flask_login.current_user
    return f"Logged in as: {user.id}" if user.is_authenticated else "Nobody is logged in"


@app.route("/logout")
def logout() -> str:
    flask_login.logout_user()
    return "Logged out"


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
