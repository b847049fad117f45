"""What must come out, for every scenario and the handlers that it is played against. Thought out beforehand; a run is compared with it.

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
    "address-each-connection": {
        "by_address": BROKEN,  # with every connection she is a stranger
        "pinned_table": BROKEN,  # the same
        "session_table": HOLDS,
    },
    "cgnat": {
        "by_address": BROKEN,  # with every connection they are strangers, or each other
        "pinned_table": BROKEN,  # with every connection they are strangers
        "session_table": HOLDS,
    },
    "dual-stack": {
        "by_address": BROKEN,  # at each address she is a stranger
        "pinned_table": BROKEN,  # the same
        "session_table": HOLDS,
    },
    "vpn": {
        "by_address": BROKEN,  # behind the exit all are one; outside it Alice is a stranger
        "session_table": HOLDS,
    },
    "malformed-neighbour": {
        "simplecookie_table": BROKEN,  # the parser gives up the whole header
        "session_table": HOLDS,
    },
    "duplicates": {
        "last_wins": BROKEN,  # the garbage behind hides hers
        "first_wins": BROKEN,  # the garbage before hides hers
        "session_table": HOLDS,  # whichever is in the table counts
    },
    "split-header": {
        "first_header_only": BROKEN,  # hers stands in the second line
        "session_table": HOLDS,
    },
    "fixation": {
        "no_regeneration": BROKEN,  # what was planted is logged in
        "client_chosen": BROKEN,  # and here it need not even have been issued
        "session_table": HOLDS,
    },
    "old-id-alive": {
        "keeps_old_id": BROKEN,  # the old one opens the new session
        "signed_cookie": BROKEN,  # so does the one from before a logout
        "session_table": HOLDS,
    },
    "user-switch": {
        "keeps_data": BROKEN,  # Bob reads what Alice left
        "session_table": HOLDS,
    },
    "forwarded-header": {
        "trusts_forwarded": BROKEN,  # Mallory says that he has Alice's address
        "session_table": HOLDS,
    },
    "forged-pin": {
        "pin_by_header": BROKEN,  # the header opens what the address had closed
        "session_table": HOLDS,  # nothing is pinned, so nothing is opened
    },
    "replay-after-logout": {
        "signed_cookie": BROKEN,  # the copy proves itself
        "session_table": HOLDS,
    },
    "logout-race": {
        "whole_blob_writer": BROKEN,  # the request writes back what the logout had deleted
        "session_table": HOLDS,
    },
    "late-set-cookie": {
        "rolling_cookie": BROKEN,  # the late reply brings a new id for the session that was ended
        "session_table": HOLDS,
    },
    "lost-update": {
        "whole_blob_writer": BROKEN,  # the visit writes back the session as it was before the note
        "session_table": HOLDS,
    },
    "two-tabs": {
        "whole_blob_writer": BROKEN,  # the page writes back the note as it was
        "session_table": HOLDS,
    },
    "read-only-writer": {
        "refresh_writer": BROKEN,  # the reader saves the session as it was before the note
        "session_table": HOLDS,
    },
    "expiry": {
        "client_expiry_only": BROKEN,  # the copy is good for as long as the server runs
        "session_table": HOLDS,
    },
    "gc-race": {
        "unchecked_sweeper": BROKEN,  # Alice is swept out by what was true before she came back
        "session_table": HOLDS,
    },
    "restart": {
        "memory_counter": BROKEN,  # Bob gets the number that Alice holds
        "session_table": HOLDS,  # in memory her session has ended; nobody else's is opened
    },
    "account-disabled": {
        "no_user_index": BROKEN,  # the tablet's session lives on
        "session_table": HOLDS,
    },
    "logout-everywhere": {
        "forgets_one": BROKEN,  # the tablet's session is not on the list while its request is under way
        "session_table": HOLDS,
    },
    "refresh-race": {
        "single_use_refresh": BROKEN,  # the other tab comes with the used cookie, and is taken for a thief
        "session_table": HOLDS,
    },
    "neighbour-lockout": {
        "limits_by_address": BROKEN,  # Bob's failures are Alice's
        "session_table": HOLDS,
    },
    "fingerprint": {
        "by_fingerprint": BROKEN,  # Bob is Alice, and after the update Alice is nobody
        "session_table": HOLDS,
    },
    "address-pin": {
        "pinned_table": BROKEN,  # at the office her cookie is worth nothing
        "session_table": HOLDS,
    },
    "substring": {
        "substring_match": BROKEN,  # what looks like ours hides hers, and opens her session
        "session_table": HOLDS,
    },
    "port-overwrite": {
        "shared_name": BROKEN,  # the neighbour's cookie stands where hers was
        "session_table": HOLDS,  # it is called as nobody else's
    },
    "port-planting": {
        "client_chosen": BROKEN,  # what was planted is adopted, and logged in
        "session_table": HOLDS,
    },
    "oversize": {
        "stale_header": BROKEN,  # she is Bob, who came just before
        "session_table": HOLDS,
    },
    "case-and-nameless": {
        "case_insensitive": BROKEN,  # SID is sid
        "strips_equals": BROKEN,  # =sid is sid
        "session_table": HOLDS,
    },
    "sequential": {
        "sequential_ids": BROKEN,  # her id lies between two of Bob's
        "memory_counter": BROKEN,  # the same, and closer
        "session_table": HOLDS,
    },
    "forked-prng": {
        "forked_prng": BROKEN,  # Bob gets the id that Alice has
        "session_table": HOLDS,
    },
    "remember-me": {
        "one_lifetime": BROKEN,  # the next reader at the library is Alice
        "session_table": HOLDS,
    },
    "lost-login-reply": {
        "open_grace": BROKEN,  # the old id opens what the new one does
        "session_table": HOLDS,
    },
    "connection-identity": {
        "by_connection": BROKEN,  # over Alice's connection Bob is Alice
        "session_table": HOLDS,
    },
    "proxy-protocol": {
        "trusts_proxy_header": BROKEN,  # Mallory says that he comes from Alice's address
        "session_table": HOLDS,
    },
    "replicas": {
        "per_replica_table": BROKEN,  # at the next replica she is a stranger
        "session_table": HOLDS,  # in one store for all
    },
    "replica-lag": {
        "cached_table": BROKEN,  # the other replica has her in its memory
        "session_table": HOLDS,  # its bound is zero
    },
    "global-user": {
        "global_user": BROKEN,  # Alice is Bob, who came in between
        "session_table": HOLDS,
    },
    "store-desync": {
        "desynced_store": BROKEN,  # Bob gets the reply that Alice did not wait for
        "session_table": HOLDS,
    },
    "memoised-view": {
        "memoised": BROKEN,  # one drawer for all
        "session_table": HOLDS,
    },
    "batch-shift": {
        "zipped_batch": BROKEN,  # the stranger is Alice, and Alice is Bob
        "session_table": HOLDS,
    },
    "colliding-ids": {
        "by_request_id": BROKEN,  # the second number 1 is the first one's
        "session_table": HOLDS,
    },
    "module-state": {
        "module_state": BROKEN,  # a stranger is shown Alice
        "session_table": HOLDS,
    },
    "cached-set-cookie": {
        "cacheable_login": BROKEN,  # Bob gets Alice's cookie with the page
        "session_table": HOLDS,
    },
    "cached-body": {
        "silent_cache_headers": BROKEN,  # Bob reads Alice's note
        "session_table": HOLDS,
    },
    "vary": {
        "no_vary": BROKEN,  # one page for all
        "session_table": HOLDS,
    },
    "coalescing": {
        "silent_cache_headers": BROKEN,  # one reply for both
        "session_table": HOLDS,
    },
    "cached-redirect": {
        "cacheable_redirect": BROKEN,  # one id for all newcomers
        "session_table": HOLDS,
    },
    "eavesdrop": {
        "speaks_http": BROKEN,  # Mallory is Alice, from her very address
        "session_table": HOLDS,  # what he hears is how she is sent to TLS
    },
    "gateway-jar": {
        "speaks_http": BROKEN,  # the gateway has Alice's cookie, and gives it to Bob
        "session_table": HOLDS,  # the gateway sees nothing that it could keep
    },
    "flaky-network": {
        "new_id_each_reply": BROKEN,  # the reply with the new id is lost, and the old one is dead
        "session_table": HOLDS,  # a login aside, ids stay as they are
    },
}

SLIDE: Mapping[str, Verdict] = {
    "expiry": BROKEN,  # the slide has no room for a clock: its sessions end at logout, and with the process
    "replicas": BROKEN,  # each process has a dict of its own
    "replica-lag": BROKEN,  # the same
    "eavesdrop": BROKEN,  # it speaks plain HTTP: its cookie is not Secure
    "gateway-jar": BROKEN,  # the same
}
"""What comes out of `small_table`, the fix on one slide, where it does not hold: what a dict in one process cannot do.

It holds in all other scenarios. In `restart` its sessions end with the process, and open nobody else's.
"""
