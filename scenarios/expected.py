"""What must come out, for every scenario and handler. Thought out beforehand; a run is compared with it.

`unknown` stands where a handler offers nothing that could be judged: no id, no login, no note.
"""

from collections.abc import Mapping

from cookielab.judging.verdict import Verdict

HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN

EXPECTED: Mapping[str, Mapping[str, Verdict]] = {
    "cycle": {
        "as_published": BROKEN,  # an empty reply to the second visit
        "constant_cookie": BROKEN,  # Bob's first visit is counted as Alice's third; one id for all
        "by_address": BROKEN,  # the same, by the address
        "by_endpoint": BROKEN,  # closing the browser closes the connection: Alice is a stranger
        "client_chosen": HOLDS,  # honest people bring only what they were given
        "session_table": HOLDS,
    },
    "nat": {
        "as_published": BROKEN,  # no login and no note, but the second request of anybody gets an empty reply
        "constant_cookie": BROKEN,  # everybody is who logged in last, and reads that one's note
        "by_address": BROKEN,  # the same: all three come from one address
        "by_endpoint": BROKEN,  # nobody reads another's note, but over a new connection nobody reads their own
        "client_chosen": HOLDS,  # ids that it made itself are as good as any
        "session_table": HOLDS,
    },
    "port-reuse": {
        "as_published": BROKEN,  # nothing to inherit, but Alice's second visit gets an empty reply
        "constant_cookie": BROKEN,  # Bob is Alice whatever his port is
        "by_address": BROKEN,  # and here, too
        "by_endpoint": BROKEN,  # Bob inherits Alice's session with her port, and she has lost it
        "client_chosen": HOLDS,  # the port plays no part
        "session_table": HOLDS,
    },
    "roam": {
        "as_published": BROKEN,  # an empty reply to the second request
        "constant_cookie": BROKEN,  # Bob is Alice from his first request on
        "by_address": BROKEN,  # at the office Alice is a stranger, and at home Bob is Alice
        "by_endpoint": BROKEN,  # the new address comes with a new connection
        "client_chosen": HOLDS,  # the cookie travels with her
        "session_table": HOLDS,
    },
    "foreign-cookie": {
        "as_published": BROKEN,  # a Cookie header of any kind: an empty reply
        "constant_cookie": BROKEN,  # a Cookie header of any kind makes a returning visitor
        "by_address": BROKEN,  # not for the cookies: Alice and Bob are one person
        "by_endpoint": UNKNOWN,  # nobody loses their connection here; it has no ids, so none can be false
        "client_chosen": HOLDS,  # it looks for its own cookie's name, and so takes nobody else's
        "session_table": HOLDS,
    },
    "forged": {
        "as_published": BROKEN,  # an empty reply to whoever brings anything
        "constant_cookie": BROKEN,  # any cookie will do
        "by_address": UNKNOWN,  # it has no ids, so there is nothing to forge
        "by_endpoint": UNKNOWN,  # the same
        "client_chosen": BROKEN,  # an invented id is adopted, and known from the second time on
        "session_table": HOLDS,
    },
}
