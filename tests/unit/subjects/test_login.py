"""Logins of each kind that sends requests: what is sent, when it counts as done, and why it does not."""

import pytest

from cookielab.errors import UsageError
from cookielab.subjects.abilities import remembers
from cookielab.subjects.exchange import Learnt
from cookielab.subjects.flow import opening
from tests.unit.subjects.script import names, page, play, profile

FORM = "<form method=post action=/in><input name=u><input type=password name=p></form>"
DONE = page("<p>welcome")
JSON = {"json": {"post": "/api", "body": {"user": "{username}", "password": "{password}", "keep": True}}}


def why(made: object, *replies: object) -> str:
    """Why a login with these replies fails."""
    outcome, _ = play(made, "login", *replies)  # type: ignore[arg-type]
    assert outcome.succeeded is False
    assert outcome.headers == ()
    return outcome.why


def test_the_form_again_is_a_refusal_in_the_servers_own_words() -> None:
    made = profile(login={"form": "/in"})
    assert why(made, page(FORM), page(FORM)) == "the reply shows the login form again: wrong user or password?"
    assert why(made, page(FORM), page(f"<p class=errornote> No such\n user. </p>{FORM}")) == (
        'the reply shows the login form again: wrong user or password? It says: "No such user.".'
    )
    assert why(made, page(FORM), page(f"<div role=alert>Your account is locked</div>{FORM}")) == (
        "the reply shows the login form again: wrong user or password? "
        'It says: "Your account is locked". The account may be locked.'
    )
    assert why(made, page(FORM), page(f"{FORM}<div class=h-captcha></div>")) == (
        "the reply shows the login form again: wrong user or password? "
        "The page has a captcha, which no profile can solve: switch it off for the test"
    )
    back = page("", 302, Location="/in")
    assert why(made, page(FORM), back, page(FORM)) == ("the reply shows the login form again: wrong user or password?")
    outcome, _ = play(made, "login", page(FORM), page("<form method=post><input type=password name=other></form>"))
    assert outcome.succeeded, "another form with a password is no refusal"


def test_a_limit_and_an_error_say_so() -> None:
    made = profile(login={"form": "/in"})
    outcome, _ = play(made, "login", page(FORM), page("later", 429, Retry_After="30"))
    assert (outcome.succeeded, outcome.retry_after) == (False, 30.0)
    assert outcome.why == (
        "the server limits logins (status 429, Retry-After: 30): POST http://app.test:8000/in answered 429: later"
    )
    assert why(made, page(FORM), page("<p class=error>CSRF</p>", 403)) == (
        'the login is refused It says: "CSRF".: POST http://app.test:8000/in answered 403: <p class=error>CSRF</p>'
    )
    assert why(made, page("", 500)) == (
        "the page with the form is not there: GET http://app.test:8000/in answered 500 with an empty body"
    )


def test_what_the_profile_expects_decides() -> None:
    made = profile(login={"form": "/in", "expect": {"text": "Hello {name}", "url": "/home"}})
    home = page("", 302, Location="/home")
    outcome, _ = play(made, "login", page(FORM), home, page(f"Hello <b>alice</b>{FORM}"))
    assert outcome.succeeded
    assert why(made, page(FORM), home, page("Hello bob")) == (
        "expected the text 'Hello {name}', but GET http://app.test:8000/home answered 200: Hello bob"
    )
    assert why(made, page(FORM), page("Hello alice")) == (
        "expected to end at /home, but POST http://app.test:8000/in answered 200: Hello alice"
    )
    odd = profile(login=[{"post": "/api", "json": {}, "expect": [401, 204]}])
    assert play(odd, "login", page("", 401))[0].succeeded
    assert (
        why(odd, page("", 200))
        == "expected 401 or 204, but POST http://app.test:8000/api answered 200 with an empty body"
    )


def test_json_is_sent_as_it_is_written_and_not_followed() -> None:
    outcome, sent = play(profile(login=JSON), "login", page("", 302, Location="/"))
    assert outcome.succeeded
    assert sent[0].json == {"user": "alice", "password": "pa", "keep": True}
    assert ("Accept", "application/json, */*;q=0.5") in sent[0].headers
    assert why(profile(login=JSON), page('{"error": "no"}', 401, kind="application/json")) == (
        'the login is refused: POST http://app.test:8000/api answered 401: {"error": "no"}'
    )


def test_a_reply_that_sends_back_to_the_login_page_is_a_refusal() -> None:
    steps = [{"form": {"page": "/in"}, "follow": False}]
    assert play(profile(login=steps), "login", page(FORM), page("", 302, Location="/home"))[0].succeeded
    assert why(profile(login=steps), page(FORM), page("", 302, Location="/in?next=/")) == (
        "the reply sends back to the login page /in: wrong user or password?"
    )


@pytest.mark.parametrize(
    ("login", "opened"),
    [
        ("/in", "/in"),
        ({"form": "/in"}, "/in"),
        ({"form": {"page": "/in?next=/"}}, "/in?next=/"),
        ([{"get": "/start"}, {"post": "/api", "fields": {"u": "{username}"}}], "/start"),
        ([{"form": {"page": "/name", "fields": {"u": "{username}"}}}, {"form": {}}], "/name"),
        ([{"post": "/api", "csrf": {"get": "/token", "json": "t", "header": "X-T"}}], "/token"),
        ({"json": {**JSON["json"], "csrf": {"get": "/token", "cookie": "t", "header": "X-T"}}}, "/token"),
    ],
)
def test_what_is_opened_before_a_login(login: object, opened: str) -> None:
    """One request, in which nobody says who they are; where it leads is followed."""
    outcome, sent = play(profile(login=login), "open", page("", 302, Location="/x"), page(FORM), name=None)
    assert outcome.succeeded
    assert [(out.method, out.target) for out in sent] == [("GET", opened), ("GET", "/x")]


@pytest.mark.parametrize("login", [JSON, [{"post": "/api", "json": {"u": "{username}"}}], {"basic": True}, None])
def test_a_login_that_sends_at_once_opens_nothing(login: object) -> None:
    assert opening(profile(login=login)) is None


def test_csrf_from_each_place_into_each() -> None:
    def sent(csrf: dict[str, str], first: object) -> tuple[object, dict[str, str]]:
        made = profile(login={"json": {**JSON["json"], "csrf": csrf}})
        _, requests = play(made, "login", first, page("", 200))  # type: ignore[arg-type]
        assert requests[0].method == "GET"
        return requests[1].json, dict(requests[1].headers)

    cookie = {"get": "/c", "cookie": "csrftoken", "header": "X-CSRFToken"}
    assert sent(cookie, page("", jar={"csrftoken": "t1"}))[1]["X-CSRFToken"] == "t1"
    encoded = page("", jar={"csrftoken": "a%2Fb%3D%3D"})  # as Laravel sets it, and Angular and axios send it back
    assert sent(cookie, encoded)[1]["X-CSRFToken"] == "a/b=="
    meta = page("<meta name=csrf-token content=t2>")
    assert sent({"meta": "csrf-token", "header": "X-T"}, meta)[1]["X-T"] == "t2"
    assert sent({"meta": "csrf-token", "field": "_t"}, meta)[0] == {
        "user": "alice", "password": "pa", "keep": True, "_t": "t2",
    }  # fmt: skip
    hidden = page("<input type=hidden name=_t value=t3>")
    assert sent({"field": "_t"}, hidden)[0]["_t"] == "t3"  # type: ignore[index]
    assert sent({"field": "_t", "header": "X-T"}, hidden)[1]["X-T"] == "t3"
    made = profile(login={"json": {**JSON["json"], "csrf": cookie}})
    assert why(made, page("x")) == (
        "the value against forgery (csrf) was not found: there is no cookie csrftoken; "
        "GET http://app.test:8000/c answered 200: x"
    )


def test_a_token_is_sent_from_then_on_and_told_where_it_does_not_come() -> None:
    made = profile(login={"json": {**JSON["json"], "token": {"at": "data.token"}}})
    outcome, _ = play(made, "login", page('{"data": {"token": "T"}}'))
    assert (outcome.succeeded, outcome.headers) == (True, (("Authorization", "Bearer T"),))
    assert why(made, page('{"data": {}}')) == (
        "the token does not come: the reply's JSON has no data.token; "
        'POST http://app.test:8000/api answered 200: {"data": {}}'
    )
    assert why(made, page("", 401)).startswith("the login is refused: POST http://app.test:8000/api answered 401")
    made = profile(login={"json": {**JSON["json"], "token": {"at": {"header": "X-T"}, "send": "X-Token: {token}"}}})
    assert play(made, "login", page("", X_T="a{b}"))[0].headers == (("X-Token", "a{b}"),)


def test_steps_hand_values_on() -> None:
    made = profile(
        login=[
            {"get": "/start", "extract": {"t": {"regex": 'token="([^"]+)"'}}},
            {"post": "/login?t={t}", "fields": {"u": "{username}", "t": "{t}"}, "headers": {"X-T": "{t}"}},
        ]
    )
    _, sent = play(made, "login", page('token="a&amp;b"'), DONE)
    assert sent[1].target == "/login?t=a&b"
    assert sent[1].form == (("u", "alice"), ("t", "a&b"))
    assert dict(sent[1].headers)["X-T"] == "a&b"
    assert why(made, page("no")) == (
        "'t' was not found: the regex 'token=\"([^\"]+)\"' finds nothing in the reply; "
        "GET http://app.test:8000/start answered 200: no"
    )
    with pytest.raises(UsageError) as failed:
        profile(login=[{"get": "/{t}"}, {"get": "/", "extract": {"t": {"status": True}}}])
    assert str(failed.value) == (
        "test: login[0].get: {t} is extracted by no earlier step of login; add such a step before"
    )
    with pytest.raises(UsageError) as failed:
        play(profile(note={"write": {"put": "/{canary}"}}), "write")
    assert str(failed.value) == "the variable {canary} has no value here: it is extracted by no earlier step"


def test_a_step_may_go_where_a_page_says_within_the_subject() -> None:
    made = profile(login=[{"get": "/", "extract": {"next": {"css": "a@href"}}}, {"get": "{next}"}])
    for href in ("go?x=1", "/go?x=1", "http://app.test:8000/go?x=1"):
        assert play(made, "login", page(f"<a href='{href}'>"), DONE)[1][1].target == "/go?x=1"
    assert why(made, page("<a href=http://evil.example/>")) == (
        "the step leads to http://evil.example/, which is not the subject"
    )


def test_basic_once_and_a_user_on_one_page_the_password_on_the_next() -> None:
    _, sent = play(profile(login={"get": "/login", "basic": True}), "login", DONE)
    assert ("Authorization", "Basic YWxpY2U6cGE=") in sent[0].headers
    made = profile(login=[{"form": "/1", "fields": {"mail": "{username}"}}, {"form": {}}])
    first = page("<form method=post action=/2><input name=mail></form>")
    second = page("<form method=post action=/3><input type=password name=p></form>")
    _, sent = play(made, "login", first, second, DONE)
    assert [asked.target for asked in sent] == ["/1", "/2", "/3"]
    assert (sent[1].form, sent[2].form) == ((("mail", "alice"),), (("p", "pa"),))


def test_constant_headers_go_with_each_request_and_a_steps_own_come_before_them() -> None:
    made = profile(
        headers={"X-App": "{name}", "accept": "a/b"},
        login={"form": "/in"},
        logout={"post": "/", "headers": {"x-app": "2"}},
    )
    _, sent = play(made, "login", page(FORM), DONE)
    assert all(dict(asked.headers)["X-App"] == "alice" and dict(asked.headers)["accept"] == "a/b" for asked in sent)
    assert not any("Accept" in dict(asked.headers) for asked in sent)
    _, sent = play(made, "logout", DONE)
    assert [value for name, value in sent[0].headers if name.lower() == "x-app"] == ["2"]


def test_writing_reading_and_changing_a_password() -> None:
    made = profile(
        login={"form": "/in"},
        note={"write": {"put": "/note", "json": {"note": "{canary}"}}, "read": "/note"},
        change_password={"form": {"page": "/pw", "fields": {"old": "{password}", "new": "{new_password}"}}},
    )
    assert play(made, "write", page("", 204), canary="c-1")[0].succeeded
    assert play(made, "write", page("", 401), canary="c-1")[0].succeeded is False
    outcome, _ = play(made, "write", page("", 302, Location="/in"), page(FORM), canary="c-1")
    assert outcome.why.startswith("the reply asks for a login: GET http://app.test:8000/in answered 200")
    read, _ = play(made, "read", page("<i>c-0123456789ab</i>"))
    assert read.view
    assert (read.succeeded, read.view.note) == (True, "c-0123456789ab")
    assert play(made, "read", page("none"))[0].succeeded is None
    assert play(made, "read", page(FORM))[0].succeeded is False
    form = page("<form method=post><input type=password name=old><input type=password name=new></form>")
    outcome, sent = play(made, "change_password", form, DONE, new_password="n")
    assert (outcome.succeeded, sent[1].form) == (True, (("old", "pa"), ("new", "n")))
    outcome, _ = play(made, "change_password", form, form, new_password="n")
    assert (outcome.succeeded, outcome.why) == (
        False,
        "the reply shows the password form again: is the old password wrong, or the new one too weak?",
    )


def test_a_verb_that_the_profile_lacks_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UsageError) as failed:
        play(profile(), "logout")
    assert str(failed.value) == (
        "the profile does not say how to log out: add to cookielab.yaml a line like `logout: {form: /logout}`"
    )


def test_what_a_profile_says_of_each_reply_is_in_the_view() -> None:
    says = {
        "known": {"json": "known"},
        "visits": {"json": "n"},
        "user": {"json": "u"},
        "seen_from": {"header": "X-From"},
    }
    outcome, _ = play(profile(says=says), "visit", page('{"known": true, "n": 7, "u": "bob"}', X_From="1.2.3.4:5"))
    assert outcome.view
    assert (outcome.view.known, outcome.view.visits, outcome.view.user, outcome.view.seen_from) == (
        True,
        7,
        "bob",
        "1.2.3.4:5",
    )
    assert play(profile(says=says), "visit", page('{"known": 7, "n": "x"}'))[0].view is None


def test_a_login_whose_reply_does_not_tell_is_told_by_me() -> None:
    """Where calibration has found that a wrong password is answered like a right one, `me` is asked with the login."""
    made = profile(login=JSON, me={"get": "/me", "json": "user"})
    thanks = page("{}", kind="application/json")
    silent = Learnt(login_by_me=True)
    outcome, sent = play(made, "login", thanks, page('{"user": "alice"}', kind="application/json"), learnt=silent)
    assert (outcome.succeeded, [each.target for each in sent]) == (True, ["/api", "/me"])
    outcome, _ = play(made, "login", thanks, page('{"user": null}', kind="application/json"), learnt=silent)
    assert (outcome.succeeded, outcome.why) == (False, "afterwards `me` shows nobody: 200 for GET /me names nobody")
    outcome, sent = play(made, "login", page("", 403), learnt=silent)
    assert (outcome.succeeded, len(sent)) == (False, 1)
    outcome, sent = play(made, "login", thanks, learnt=Learnt())
    assert (outcome.succeeded, len(sent)) == (True, 1)


@pytest.mark.parametrize(("said", "sent"), [("yes", True), ("no", False), ("", False)])
def test_a_box_to_stay_logged_in_is_ticked_or_is_not_sent(said: str, sent: bool) -> None:
    """As browsers do; in JSON the word itself goes out, and where nobody says anything it is empty."""
    extra = {"extra": {"keep": "{remember}"}}
    form = profile(login={"form": {"page": "/in", **extra}})
    box = FORM.replace("</form>", "<input type=checkbox name=keep value=1></form>")
    _, asked = play(form, "login", page(box), DONE, remember=said)
    assert (("keep", "yes") in (asked[1].form or ())) is sent
    assert ("keep" in names(asked[1].form)) is sent
    as_json = profile(login={"json": {"post": "/api", "body": {"keep": "{remember}"}}})
    _, asked = play(as_json, "login", page("{}"), remember=said)
    assert asked[0].json == {"keep": said}
    assert (remembers(form), remembers(as_json), remembers(profile(login=JSON))) == (True, True, False)
