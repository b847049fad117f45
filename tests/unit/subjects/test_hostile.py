"""Whatever a server replies, each verb ends with an outcome; nothing else comes out of a flow."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cookielab.subjects.exchange import Incoming, Learnt, Outcome, Seen
from cookielab.subjects.flow import flow
from tests.unit.subjects.script import BASE, profile

MADE = profile(
    host="localhost:{port}",
    login={"form": "/in"},
    me={"get": "/me", "css": "#me", "anonymous": {"text": "nobody", "url": "/in"}},
    note={"write": {"form": "/note", "fields": {"n": "{canary}"}}, "read": {"get": "/note", "field": "n"}},
    logout={"post": "/out", "csrf": {"meta": "t", "header": "X-T"}},
    change_password=[
        {"get": "/pw", "extract": {"t": {"json": "a[0].b"}}},
        {"form": {"fields": {"old": "{password}", "new": "{new_password}"}}},
    ],
    says={"user": {"json": "user"}, "visits": {"regex": "(\\d+)"}},
)
TAGS = st.sampled_from(
    "<form method=post>,<form action='http://['>,<form enctype=multipart/form-data>,</form>,<input name=n>,<base href='//['>,"
    "<input type=password name=p>,<select name=n>,<option selected>,<textarea name=n>,<button>,<fieldset disabled>,<legend>,"
    "<table>,<tr>,<b id=me>alice,<b id=me>,</b>,<meta name=t content=1>,<meta http-equiv=refresh content='0;url=//['>,"
    '<template>,<svg>,<!--,\x00,\ud800,{,[,null,"user":,alice,bob,nobody,&#xd800;,<input form=x name=n>'.split(",")
)
BODIES = st.lists(TAGS | st.text(max_size=5), max_size=25).map("".join)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(("Location", "Content-Type", "Retry-After", "X-T")),
        st.sampled_from(
            ("/", "//[", "http://a:b/", "text/html", "http://localhost:8000/in", "/in", "9" * 400, "\udcff", "²")
        )
        | st.text(max_size=20),
    ),
    max_size=4,
)
REPLIES = st.builds(
    Incoming,
    url=st.just(BASE + "/"),
    method=st.just("GET"),
    status=st.none() | st.sampled_from((100, 200, 200, 200, 204, 302, 307, 401, 404, 429, 500, 999)),
    headers=HEADERS.map(tuple),
    body=BODIES,
    error=st.just("reset"),
    truncated=st.booleans(),
    jar=st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2),
)


@settings(max_examples=100, deadline=None)
@given(
    verb=st.sampled_from(("visit", "login", "whoami", "write", "read", "logout", "change_password")),
    replies=st.lists(REPLIES, min_size=1, max_size=30),
)
def test_a_verb_ends_with_an_outcome_whatever_comes(verb: str, replies: list[Incoming]) -> None:
    own = dict(MADE.user("alice")) | {"port": "8000", "canary": "c-1", "new_password": "n"}
    playing = flow(MADE, verb, own, Learnt(anonymous=Seen(status=200)))
    next(playing)
    for number in range(40):
        try:
            asked = playing.send(replies[number % len(replies)])
        except StopIteration as stop:
            outcome = stop.value
            break
        assert asked.target.startswith("/"), "nothing is asked of another server"
    else:
        raise AssertionError("the verb does not end")
    assert isinstance(outcome, Outcome)
    assert outcome.succeeded in (True, False, None)
    assert outcome.why
