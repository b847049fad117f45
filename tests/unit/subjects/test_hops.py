"""Redirects: followed as browsers do, one request each, and never out of the subject."""

import pytest

from tests.unit.subjects.script import BASE, page, play, profile

FORM = page("<form method=post action=/in><input name=u><input type=password name=p></form>")
DONE = page("<p>welcome")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/home?a=b#c", "/home?a=b"),
        ("home", "/x/home"),
        ("?q", "/x/in?q"),
        (f"{BASE}/abs", "/abs"),
        ("//app.test:8000/rel", "/rel"),
        ("http://localhost:8000/l", "/l"),
        ("http://127.0.0.1:8000", "/"),
        ("http://shop.test:8000/named", "/named"),
        (" /bl\tank\r\n", "/blank"),
        ("/ü b", "/%C3%BC%20b"),
        ("HTTP://APP.TEST:8000/case", "/case"),
    ],
)
def test_where_a_redirect_leads(location: str, target: str) -> None:
    made = profile(login={"form": "/x/page"}, host="shop.test:{port}")
    form = page("<form method=post action=/x/in><input type=password name=p></form>")
    outcome, sent = play(made, "login", form, page("", 302, Location=location), DONE)
    assert outcome.succeeded
    assert (sent[2].method, sent[2].target, sent[2].form) == ("GET", target, None)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
        ("http://app.test/", "http://app.test/"),
        ("https://app.test:8443/", "https://app.test:8443/"),
        ("//evil.example:8000/x", "http://evil.example:8000/x"),
        ("http://app.test:8000@evil.example/", "http://app.test:8000@evil.example/"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http://evil.example/\x1b[2J", "http://evil.example/[2J"),
        ("http://app.test:99999/", "http://app.test:99999/"),
    ],
)
def test_a_redirect_out_of_the_subject_ends_the_verb(location: str, told: str) -> None:
    outcome, sent = play(profile(login={"form": "/in"}), "login", FORM, page("", 302, Location=location))
    assert (outcome.succeeded, outcome.why) == (False, f"the reply sends alice to {told}, which is not the subject")
    assert len(sent) == 2


def test_what_is_no_url_ends_the_verb() -> None:
    outcome, _ = play(profile(login={"form": "/in"}), "login", FORM, page("", 302, Location="http://["))
    assert outcome.why == (
        "the reply sends on to something that is no URL: POST http://app.test:8000/in answered 302 with an empty body"
    )


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_the_method_changes_as_in_browsers(status: int, method: str) -> None:
    _, sent = play(profile(login={"form": "/in"}), "login", FORM, page("", status, Location="/2"), DONE)
    assert (sent[2].method, sent[2].target) == (method, "/2")
    assert sent[2].form == (sent[1].form if method == "POST" else None)
    assert ("Origin" in dict(sent[2].headers)) is (method == "POST")


def test_a_redirect_without_a_location_is_a_reply() -> None:
    outcome, _ = play(profile(visit="/"), "visit", page("", 302))
    assert outcome.succeeded


def test_circles_end_but_a_page_that_only_sets_a_cookie_first_does_not() -> None:
    again = page("", 302, Location="/a")
    outcome, _ = play(profile(visit="/a"), "visit", again, again)
    assert (outcome.succeeded, outcome.why) == (False, "the redirects go in a circle: /a comes again")
    outcome, _ = play(profile(visit="/a"), "visit", again, page("", 302, jar={"c": "1"}, Location="/a"), DONE)
    assert outcome.succeeded
    far = [page("", 302, Location=f"/{number}") for number in range(1, 12)]
    outcome, sent = play(profile(visit="/0"), "visit", *far)
    assert outcome.why == "more than 10 redirects in a row, the last to /11"
    assert len(sent) == 11


def test_a_refresh_in_no_time_is_followed_and_a_later_one_is_not() -> None:
    _, sent = play(profile(visit="/"), "visit", page("<meta http-equiv=refresh content='0; URL=/next'>"), DONE)
    assert sent[1].target == "/next"
    for html in (
        "<meta http-equiv=refresh content='5; url=/next'>",
        "<noscript><meta http-equiv=refresh content='0; url=/next'></noscript>",
        "<meta http-equiv=refresh content=0>",
    ):
        outcome, _ = play(profile(visit="/"), "visit", page(html))
        assert outcome.succeeded


def test_me_and_read_look_at_the_first_reply_unless_told_otherwise() -> None:
    outcome, _ = play(profile(me="/me"), "whoami", page("", 302, Location="/login"))
    assert outcome.view
    assert outcome.view.sighting == "anonymous"
    made = profile(me={"get": "/me", "follow": True, "css": "b"})
    outcome, _ = play(made, "whoami", page("", 302, Location="/me/"), page("<b>alice</b>"))
    assert outcome.view
    assert outcome.view.sighting == "this"
    outcome, _ = play(profile(note={"read": "/note"}), "read", page("", 302, Location="/login"))
    assert outcome.succeeded is False
    outcome, _ = play(made, "whoami", page("", 302, Location="http://evil.example/"))
    assert outcome.view
    assert outcome.view.sighting == "not understood"


def test_a_base_path_lies_before_the_profiles_paths_alone() -> None:
    made = profile(base="/app", login={"form": "/in"})
    _, sent = play(made, "login", page("<form method=post action=/app/do><input type=password name=p></form>"), DONE)
    assert [asked.target for asked in sent] == ["/app/in", "/app/do"]
