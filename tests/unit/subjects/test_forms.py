"""Forms as browsers read and send them, also from broken HTML."""

import pytest

from cookielab.subjects.exchange import Outgoing
from tests.unit.subjects.script import page, play, profile

DONE = page("<p>welcome")
LOGIN = "<form method=post><input name=u><input type=password name=p></form>"


def sent(html: str, form: object = "/in", **more: object) -> Outgoing:
    """What logging in sends for a page."""
    outcome, requests = play(profile(login={"form": form}, **more), "login", page(html), DONE)
    assert outcome.succeeded, outcome.why
    assert len(requests) == 2
    return requests[1]


def refused(html: str, form: object = "/in") -> str:
    """Why no form of a page can be sent."""
    outcome, _ = play(profile(login={"form": form}), "login", page(html))
    assert outcome.succeeded is False
    return outcome.why


def test_a_form_goes_out_with_its_defaults_as_a_browser_sends_them() -> None:
    asked = sent(
        """<form method=POST action="go?x=1#top">
        <input type=hidden name=csrf value="a&amp;b">
        <input type=email name=mail><input name=p type=PASSWORD>
        <input type=checkbox name=c1 checked><input type=checkbox name=c2 value=2>
        <input type=radio name=r value=1><input type=radio name=r value=2 checked>
        <select name=s><option value=a>A<option value=b selected>B</select><select name=t><option> One  two </select>
        <select name=m multiple><option selected>1<option>2<option selected>3</select>
        <textarea name=ta>
l1
l2</textarea><input name=off value=x disabled><fieldset disabled><input name=off2 value=x></fieldset>
        <input type=file name=f><input type=reset name=z value=z><input type=button name=y value=y>
        <input value=nameless><button name=go value=1>Log in</button><button name=other value=2>Other</button></form>"""
    )
    assert (asked.method, asked.target) == ("POST", "/go?x=1")
    assert asked.form == (
        ("csrf", "a&b"), ("mail", "alice"), ("p", "pa"), ("c1", "on"), ("r", "2"), ("s", "b"), ("t", "One two"),
        ("m", "1"), ("m", "3"), ("ta", "l1\r\nl2"), ("go", "1"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("html", "target"),
    [
        ("<base href=/deep/er/><form action=x method=post><input type=password name=p></form>", "/deep/er/x"),
        ("<form method=post><input type=password name=p></form>", "/in"),
        ("<form action='' method=post><input type=password name=p></form>", "/in"),
        ("<form action=//app.test:8000/y method=post><input type=password name=p></form>", "/y"),
        ("<form action=http://localhost:8000/y method=post><input type=password name=p></form>", "/y"),
        ("<form action=/a method=post><input type=password name=p><button formaction=/b>go</form>", "/b"),
        ("<table><form action=/t method=post><tr><td><input type=password name=p></form></table>", "/t"),
        ("<form id=f action=/o method=post></form><input type=password name=p form=f>", "/o"),
    ],
)
def test_where_a_form_is_sent(html: str, target: str) -> None:
    asked = sent(html)
    assert (asked.target, asked.form) == (target, (("p", "pa"),))


def test_a_get_form_and_a_multipart_one() -> None:
    asked = sent("<form action='/go?lost=1'><input name=u><input type=password name=p></form>")
    assert (asked.method, asked.target, asked.form) == ("GET", "/go?u=alice&p=pa", None)
    asked = sent("<form method=post enctype=multipart/form-data><input name=u><input type=password name=p></form>")
    assert (asked.form, asked.multipart) == (None, (("u", "alice"), ("p", "pa")))


@pytest.mark.parametrize(
    ("inputs", "user"),
    [
        ("<input name=q type=search><input name=u><input type=password name=p>", "u"),
        ("<input name=company><input name=tel type=tel><input type=password name=p>", "tel"),
        ("<input name=first autocomplete=username><input name=second><input type=password name=p>", "first"),
        ("<input type=password name=p><input name=after>", "after"),
        ("<input name=u><input type=hidden name=h><input type=checkbox name=c><input type=password name=p>", "u"),
        ("<input name=u><input name=ro readonly value=x><input type=password name=p>", "u"),
        ("<input name=u type=nonsense><input type=password name=p>", "u"),
    ],
)
def test_the_user_goes_where_a_password_manager_puts_it(inputs: str, user: str) -> None:
    asked = sent(f"<form method=post>{inputs}</form>")
    assert (user, "alice") in (asked.form or ())
    assert ("p", "pa") in (asked.form or ())


def test_the_form_that_logs_in_is_told_from_others() -> None:
    up = "<form action=/up method=post><input name=n><input type=password name=a><input type=password name=b></form>"
    admin = "<form action=/admin method=post><input name=u><input type=password name=p></form>"
    anmelden = "<form action=/x method=post><input name=u><input type=password name=p><button>Anmelden</button></form>"
    search = "<form action=/search><input name=q></form>"
    assert sent(search + up + anmelden).target == "/x"
    assert sent(admin + anmelden).target == "/x"
    assert sent(admin + anmelden, {"page": "/in", "action": "/admin"}).target == "/admin"
    assert sent(admin + anmelden, {"page": "/in", "css": "form:first-of-type"}).target == "/admin"
    assert sent(admin + anmelden, {"page": "/in", "button": "Anmelden"}).target == "/x"
    assert refused(admin + admin) == (
        "http://app.test:8000/in has 2 forms with a password (action '/admin'; action '/admin'): "
        "choose one with login.form.id, action, css or button"
    )
    assert refused(up) == (
        "http://app.test:8000/in has only a form with several password fields, which is no login: change login.form.page"
    )
    assert refused(search) == (
        "http://app.test:8000/in has no form with a password field; its forms: action '/search': "
        "change login.form.page, or write login.json"
    )
    assert refused("<p>") == (
        "http://app.test:8000/in has no form with a password field; it has no form at all: "
        "change login.form.page, or write login.json"
    )
    assert refused("<div id=root></div><script src=/app.js></script>") == (
        "http://app.test:8000/in has no form with a password field; it has no form at all: change login.form.page; "
        "where a script makes the form, write login.json with post and body, or login.browser"
    )
    assert refused("<form method=post action=/in><input name=u><button>Next</button></form>") == (
        "http://app.test:8000/in has no form with a password field; its forms: action '/in': change login.form.page; "
        "where it asks for the name first, write login as a list of steps, as in "
        '[{form: {page: …, fields: {username: "{username}"}}}, {form: {fields: {password: "{password}"}}}]; '
        "where the password's field looks like any other, name it with login.form.password"
    )
    assert refused("<input type=password>") == (
        "the password field on http://app.test:8000/in stands in no form, a script sends it: "
        "write login.json with post and body"
    )


def test_a_form_that_the_profile_describes_and_the_page_lacks() -> None:
    assert refused(LOGIN, {"page": "/in", "id": "x"}) == (
        "no form on http://app.test:8000/in has the id 'x'; its forms: fields u, p: change the form's id"
    )
    assert refused(LOGIN, {"page": "/in", "css": "#x"}) == (
        "nothing on http://app.test:8000/in that is #x is a form; its forms: fields u, p: change the form's css"
    )
    assert refused(LOGIN, {"page": "/in", "button": "Go"}) == (
        "no form on http://app.test:8000/in has the button 'Go'; there are: none"
    )
    assert refused(LOGIN, {"page": "/in", "user": "mail"}) == (
        "the login form has no field 'mail'; it has u, p: change login.form.user"
    )
    assert refused(LOGIN, {"page": "/in", "password": "pw"}) == (
        "no form on http://app.test:8000/in has the field 'pw'; its forms: fields u, p: change login.form.password"
    )
    outcome, _ = play(profile(login={"form": "/in"}), "login", page("gone", 404))
    assert outcome.why == ("the page with the form is not there: GET http://app.test:8000/in answered 404: gone")


def test_fields_of_the_profile_fill_and_add_and_tick() -> None:
    html = (
        "<form method=post><input name=u><input type=password name=p><input type=checkbox name=remember value=y></form>"
    )
    asked = sent(html, {"page": "/in", "extra": {"remember": "1", "more": "{username}"}})
    assert asked.form == (("u", "alice"), ("p", "pa"), ("remember", "1"), ("more", "alice"))
    made = profile(note={"write": {"form": "/edit", "fields": {"bio": "{canary}"}}})
    search, edit = (
        "<form><input name=q></form>",
        "<form method=post><input name=n value=1><textarea name=bio>old</textarea>",
    )
    outcome, requests = play(made, "write", page(search + edit), page(status=302, Location="/"), DONE, canary="c-1")
    assert outcome.succeeded
    assert requests[1].form == (("n", "1"), ("bio", "c-1"))
    outcome, _ = play(made, "write", page(search), canary="c-1")
    assert outcome.why == (
        "http://app.test:8000/edit has not a form with the field 'bio'; its forms: fields q: change the form's page or fields"
    )


def test_the_form_that_logs_out_is_found_among_others() -> None:
    html = "<form action=/note method=post><input name=n></form><form action=/logout method=post><input type=hidden name=t value=1></form>"
    _, requests = play(profile(logout={"form": "/"}), "logout", page(html), DONE)
    assert (requests[1].target, requests[1].form) == ("/logout", (("t", "1"),))


def test_referer_and_origin_are_a_browsers_and_under_the_name_that_clients_send() -> None:
    asked = sent(LOGIN)
    assert ("Origin", "http://app.test:8000") in asked.headers
    assert ("Referer", "http://app.test:8000/in") in asked.headers
    asked = sent(LOGIN, host="localhost:{port}")
    assert ("Origin", "http://localhost:8000") in asked.headers
    asked = sent(LOGIN, headers={"Origin": "http://x:{port}"})
    assert [value for name, value in asked.headers if name == "Origin"] == ["http://x:8000"]


def test_a_form_that_sends_elsewhere_is_not_sent() -> None:
    assert refused("<form action=https://login.example/ method=post><input type=password name=p></form>") == (
        "the form sends to https://login.example/, which is not the subject"
    )
    assert refused("<form action='http://[' method=post><input type=password name=p></form>") == (
        "the form's action is no URL: 'http://['"
    )
