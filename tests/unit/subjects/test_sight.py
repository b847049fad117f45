"""What a reply says of who one is: six values, of which "not understood" is never taken for a loss."""

import pytest

from cookielab.subjects.exchange import Incoming, Learnt, Seen
from tests.unit.subjects.script import page, play, profile

NAMES = {
    "alice": {"marker": "Alice Liddell"},
    "bob": {"marker": "bob"},
    "bobby": {"marker": "bobby"},
    "x": {"marker": "x"},
}
MAILS = {"alice": {"marker": "Alice@Example.test"}, "bob": {"marker": "bob@example.test"}}


def sighting(me: object, reply: Incoming, *, name: str | None = "alice", users: object = NAMES, **more: object) -> str:
    """The sighting, and behind a colon whom."""
    made = profile(me=me, users=users)
    outcome, _ = play(made, "whoami", reply, name=name, **more)  # type: ignore[arg-type]
    assert outcome.view
    assert outcome.view.sighting
    assert outcome.why
    assert outcome.succeeded is (outcome.view.sighting not in ("error", "not understood"))
    return outcome.view.sighting + (f": {outcome.view.user}" if outcome.view.user else "")


CSS = {"get": "/", "css": "#me"}
JSON = {"get": "/", "json": "user.name"}
REGEX = {"get": "/", "regex": "user=([^;]*);"}
TEXT = {"get": "/", "text": "Signed in as {marker}"}


@pytest.mark.parametrize(
    ("me", "body", "expected"),
    [
        (CSS, "<b id=me> Alice\n Liddell</b>", "this: alice"),
        (CSS, "<b id=me>Hello, Alice Liddell!</b>", "this: alice"),
        (CSS, "<b id=me>bob</b>", "another: bob"),
        (CSS, "<b id=me>Hi bobby</b>", "another: bobby"),
        (CSS, "<b id=me>bob and Alice Liddell</b>", "several"),
        (CSS, "<b id=me>bob-admin</b>", "not understood"),
        (CSS, "<b id=me>x</b>", "another: x"),
        (CSS, "<b id=me>sign in with x</b>", "not understood"),
        (CSS, "<b id=me></b>", "anonymous"),
        (CSS, "<b id=me>Guest</b>", "not understood"),
        (CSS, "<b>nothing</b>", "not understood"),
        (CSS, "<form><input type=password>", "anonymous"),
        ({"get": "/", "css": "#me@data-user"}, "<b id=me data-user=bob>", "another: bob"),
        ({"get": "/", "css": "#me", "attr": "data-user"}, "<b id=me>bob", "not understood"),
        ({"get": "/", "meta": "user"}, "<meta name=user content=bob>", "another: bob"),
        ({"get": "/", "field": "n"}, "<input name=n value=bob disabled>", "another: bob"),
        ({"get": "/", "field": "n"}, "<textarea name=n>bob</textarea>", "another: bob"),
        ({"get": "/", "field": "n"}, "<select name=n><option>a<option selected value=bob>B</select>", "another: bob"),
        (REGEX, "user=bob;", "another: bob"),
        ({"get": "/", "regex": "user=(.*)[.]"}, "user=&#98;ob.", "another: bob"),
        (REGEX, "user=;", "anonymous"),
        (REGEX, "usr=bob;", "not understood"),
        ({**REGEX, "anonymous": "nobody"}, "user=nobody;", "anonymous"),
        ({**REGEX, "anonymous": {"value": ["-", "nobody"]}}, "user=nobody;", "anonymous"),
        ({**REGEX, "anonymous": {"text": "Welcome, stranger"}}, "<p>Welcome,\nstranger", "anonymous"),
        (TEXT, "<p>Signed in as <b>Alice Liddell</b>", "this: alice"),
        (TEXT, "<p>Signed in as x, not bob", "another: x"),
        (TEXT, "<p>Signed in as bobby", "another: bobby"),
        (TEXT, "<script>Signed in as bob</script>", "not understood"),
    ],
)
def test_values_on_a_page(me: object, body: str, expected: str) -> None:
    assert sighting(me, page(body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"user": {"name": "bob"}}', "another: bob"),
        ('{"user": {"name": "  Alice Liddell "}}', "this: alice"),
        ('{"user": {"name": "say bob"}}', "not understood"),
        ('{"user": {"name": null}}', "anonymous"),
        ('{"user": {"name": ""}}', "anonymous"),
        ('{"user": null}', "not understood"),
        ('{"user": {"name": NaN}}', "not understood"),
        ('{"user": {"name": ' + "9" * 400 + "}}", "not understood"),
        ('{"user": {"name": ' + "9" * 5000 + "}}", "not understood"),
        ("[" * 10_000, "not understood"),
        ('{"user":' * 100_000, "not understood"),
        ('{"user": {"name": "\\ud800"}}', "not understood"),
        ('{"user": {"name": ["bob"]}}', "not understood"),
        ("", "not understood"),
    ],
)
def test_values_in_json(body: str, expected: str) -> None:
    assert sighting(JSON, page(body, kind="application/json")) == expected


def test_without_an_extractor_the_markers_are_looked_for_in_what_is_shown() -> None:
    users = {"alice": {"marker": "alice"}, "bob": {"marker": "bob"}}
    assert sighting("/", page("<p>Hello alice"), users=users) == "this: alice"
    assert sighting("/", page("<input name=user value=bob>"), users=users) == "another: bob"
    assert sighting("/", page("<p>alice, bob"), users=users) == "several"
    assert sighting("/", page("<a href=/alice>me</a><!-- bob -->"), users=users) == "not understood"
    assert sighting("/", page('{"id": 1, "is": ["bob"]}', kind="application/json"), users=users) == "another: bob"
    outcome, _ = play(profile(me="/", users={"a": {}, "b": {}}), "whoami", page("<p>a cat"), name="a")
    assert outcome.why.startswith("the marker 'a' is too short to be looked for in a text; add an extractor to me: ")


def test_mail_addresses_are_the_same_in_either_case_and_names_are_not() -> None:
    assert sighting(JSON, page('{"user": {"name": "alice@example.test"}}'), users=MAILS) == "this: alice"
    assert sighting(REGEX, page("user=mail to BOB@example.test now;"), users=MAILS) == "another: bob"
    assert sighting(REGEX, page("user=notbob@example.test;"), users=MAILS) == "not understood"
    assert sighting(REGEX, page("user=BOB;")) == "not understood"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 401, 403, 404, 410, 419, 440])
def test_who_has_no_session_is_told_so_in_many_ways(status: int) -> None:
    assert sighting(CSS, page("", status, Location="/login?next=bob")) == "anonymous"
    users: dict[str, dict[str, str]] = {"alice": {}, "bob": {}}
    assert sighting("/", page("<p>redirecting bob to /login", status, Location="/login"), users=users) == (
        "anonymous" if status < 400 else "another: bob"
    )


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_is_an_error_whatever_it_says(status: int) -> None:
    assert sighting(CSS, page("<b id=me>bob</b>", status)) == "error"


def test_no_reply_a_limit_and_a_cut_are_kept_apart() -> None:
    assert sighting(CSS, Incoming(url="", error="reset")) == "error"
    assert sighting(CSS, page("slow down bob", 429)) == "not understood"
    assert sighting(CSS, page("", 503, Retry_After="7")) == "not understood"
    outcome, _ = play(profile(me=CSS), "whoami", page("", 403, Retry_After="7"))
    assert (outcome.retry_after, outcome.why) == (
        7.0,
        "the server limits the rate: GET http://app.test:8000/ answered 403 with an empty body",
    )
    assert sighting(CSS, Incoming(url="", status=200, body="<b id=me>bob</b>", truncated=True)) == "another: bob"
    outcome, _ = play(profile(me=CSS), "whoami", Incoming(url="", status=401, body="a" * 999, truncated=True))
    assert outcome.why == (f"the reply is too long and was cut: GET http://app.test:8000/ answered 401: {'a' * 300}")


def test_nobody_claims_nothing() -> None:
    assert sighting(REGEX, page("user=bob;"), name=None) == "another: bob"
    assert sighting(REGEX, page("user=;"), name=None) == "anonymous"


def test_what_calibration_has_learnt_of_nobody() -> None:
    """Equal in what it says but for numbers and tokens, or in the value that was read."""
    made = profile(me=REGEX, users=NAMES)
    outcome, _ = play(made, "whoami", page("<p>Welcome! 12:30 0123456789abcdef"), name=None)
    assert outcome.seen
    learnt = Learnt(anonymous=outcome.seen)
    assert sighting(REGEX, page("<p>Welcome! 12:31 fedcba9876543210"), learnt=learnt) == "anonymous"
    assert sighting(REGEX, page("<p>Welcome back! 12:31"), learnt=learnt) == "not understood"
    assert sighting(REGEX, page("user=bob;"), learnt=learnt) == "another: bob"
    guest, _ = play(made, "whoami", page("user=Guest;"), name=None)
    assert guest.seen
    assert guest.seen.value == "Guest"
    assert sighting(REGEX, page("user=Guest;"), learnt=Learnt(anonymous=guest.seen)) == "anonymous"
    assert sighting(REGEX, page("user=Admin;"), learnt=Learnt(anonymous=guest.seen)) == "not understood"
    assert sighting(REGEX, page("user=Guest;", 404), learnt=Learnt(anonymous=guest.seen)) == "not understood"
    assert sighting(CSS, page(""), learnt=Learnt(anonymous=Seen())) == "not understood"


def test_where_the_server_takes_any_name_each_value_is_a_user() -> None:
    assert sighting(JSON, page('{"user": {"name": "zoe"}}'), users="any") == "another: zoe"
    assert sighting(JSON, page('{"user": {"name": "alice"}}'), users="any") == "this: alice"
    assert sighting(JSON, page('{"user": {"name": "alice\\u001b[2J"}}'), users="any") == "not understood"
    assert sighting(JSON, page('{"user": {"name": null}}'), users="any") == "anonymous"


def test_what_is_not_understood_is_quoted_without_its_control_characters() -> None:
    outcome, _ = play(profile(me=CSS), "whoami", page("<i>\x1b[2J\u202e\u2066 no\x07</i>" + "z" * 400))
    assert outcome.why == (
        "nothing on the page is #me: GET http://app.test:8000/ answered 200: <i> [2J no </i>" + "z" * (300 - 15)
    )


def test_a_regex_that_a_hostile_reply_makes_slow_is_stopped() -> None:
    outcome, _ = play(profile(me={"get": "/", "regex": "^(a|aa)+$"}), "whoami", page("a" * 5000 + "!"))
    assert outcome.why.startswith("the regex '^(a|aa)+$' ")
    outcome, _ = play(profile(me={"get": "/", "regex": r"((?:a*)*)b$"}), "whoami", page("a" * 50_000))
    assert outcome.succeeded is False


@pytest.mark.parametrize(
    "html",
    ["<div>" * 200_000, "<b><i>" * 100_000, "<a " + " ".join(f"b{n}" for n in range(150_000)) + ">", "<" * 1_000_000,
     "<!--" * 250_000, "<p>" * 300_000, "<form>" * 150_000, "<select>" * 100_000, "\ud800" * 1000, "\0" * 1000],
)  # fmt: skip
def test_html_made_to_be_slow_is_read_in_no_time(html: str) -> None:
    import time

    began = time.process_time()
    assert sighting("/", page(html), users=MAILS) == "not understood"
    assert time.process_time() - began < 5


def test_other_places_that_a_value_is_read_from() -> None:
    assert sighting({"get": "/", "header": "x-user"}, page("", X_User="bob")) == "another: bob"
    assert (
        sighting({"get": "/", "header": "location", "regex": "/u/(.*)"}, page("", 302, Location="/u/bob"))
        == "another: bob"
    )
    assert sighting({"get": "/", "cookie": "who"}, page("", jar={"who": "bob"})) == "another: bob"
    assert sighting({"get": "/u/bob", "url": True, "regex": "/u/(.*)"}, page("")) == "another: bob"
    users = {"alice": {"marker": "200"}, "bob": {"marker": "204"}}
    assert sighting({"get": "/", "status": True}, page("", 204), users=users) == "another: bob"
    assert (
        sighting({"post": "/q", "json": {"q": 1}, "see": {"json": "[0].n"}}, page('[{"n": "bob"}]')) == "another: bob"
    )


READ = {"alice": {"marker": "Zo\u00e9 Berg"}, "bob": {"marker": "Bob Berg"}}
"""An é in one character, as a keyboard gives it."""


@pytest.mark.parametrize(
    ("me", "body"),
    [
        (CSS, "<b id=me>Zoe\u0301 Berg</b>"),
        (CSS, "<b id=me>Hello, Zoe\u0301&nbsp;Berg!</b>"),
        ({"get": "/", "regex": "user=(.*);"}, "user=Zo&eacute;\u00a0Berg;"),
        ({"get": "/", "field": "n"}, "<input name=n value='Zoe\u0301  Berg'>"),
        (TEXT, "<p>Signed in as Zoe\u0301\u00a0Berg"),
        ({"get": "/"}, "<p>Zoe\u0301 Berg"),
    ],
)
def test_a_name_is_known_as_it_is_read(me: object, body: str) -> None:
    """Whether an accent is a character of its own, and which blank stands between two names, nobody sees."""
    assert sighting(me, page(body), users=READ) == "this: alice"
    assert sighting(me, page(body), users=READ, name="bob") == "another: alice"
