"""The handlers that come with the lab, by name, and what each takes for an identity."""

IDENTITY = {
    "as_published": "asks only whether there is any Cookie header",
    "constant_cookie": "gives everybody the same cookie, so everybody is the same person",
    "by_address": "takes an IP address for an identity, and behind a NAT many people have one",
    "by_endpoint": "takes a connection's address and port for an identity",
    "client_chosen": "believes any id that a client brings",
    "session_table": "believes only an id that it issued itself and finds in its table",
}
"""Those that tell the story: they are up as long as the lab is."""
MISTAKES = {
    "no_regeneration": "leaves the id at login as it was",
    "keeps_old_id": "issues a new id at login and lets the old one live",
    "keeps_data": "changes the user at login and keeps the rest of the session",
    "simplecookie_table": "loses its own cookie when another one in the header is malformed",
    "last_wins": "of two cookies of its name looks at the last one alone",
    "first_wins": "of two cookies of its name looks at the first one alone",
    "first_header_only": "reads the first Cookie line alone",
    "trusts_forwarded": "takes an address for an identity, and takes the address from a header that clients write",
    "pinned_table": "ties a session to an address",
    "pin_by_header": "ties a session to an address that it takes from a header that clients write",
    "memory_counter": "counts its ids up in memory, and from the beginning after a restart",
    "no_user_index": "cannot find a user's other sessions when the password changes",
    "signed_cookie": "keeps the session in the cookie, where it cannot delete it",
    "rolling_cookie": "gives the session a new id with every reply, also where it has ended",
    "whole_blob_writer": "writes back the whole session at the end of each request",
    "refresh_writer": "writes the session back as it was loaded, also where a request only reads",
    "client_expiry_only": "leaves it to the browser to end a session by time",
    "unchecked_sweeper": "sweeps sessions by what it noted before, and does not look again",
    "forgets_one": "ends all of a user's sessions but the one that is in the middle of a request",
    "single_use_refresh": "takes an id that comes twice for a theft, and two tabs send it twice",
    "limits_by_address": "counts failed logins by address, which neighbours share",
    "by_fingerprint": "takes an address and a make of browser for an identity, and an office has many of one make",
    "substring_match": "finds its cookie wherever its name stands in the header",
    "shared_name": "calls its cookie as other applications on the host do, which overwrite it",
    "stale_header": "looks at the header of the request before, where one is too long",
    "case_insensitive": "takes a cookie of its name in other letters for its own",
    "strips_equals": "takes a cookie without a name for its own, where the value looks like it",
    "sequential_ids": "reads its ids off the clock",
    "one_lifetime": "gives every login the same lifetime, whatever was asked for",
    "open_grace": "lets in whoever brings the id from before the login, lest a reply was lost",
    "forked_prng": "has workers that make the same random ids as each other",
    "global_user": "keeps who is logged in in one variable for all requests",
    "desynced_store": "reads the next reply of its store, also where that is the reply to another question",
    "memoised": "caches what belongs to somebody without saying whose it is",
    "zipped_batch": "pairs sessions that it looked up together by their order",
    "by_request_id": "finds requests again by a number that clients choose",
    "module_state": "makes pages from a variable of the module, which the next request finds as it was left",
    "by_connection": "takes a connection for a person, and a proxy lends it to the next one",
    "trusts_proxy_header": "believes a PROXY line from whoever sends it",
    "per_replica_table": "keeps its table in the memory of each replica, and there are several",
    "cached_table": "remembers at each replica what it has once read of the table",
    "cacheable_login": "lets caches keep a page that carries a session's cookie",
    "silent_cache_headers": "says nothing to caches, which may then guess",
    "no_vary": "lets caches keep pages, and does not say that they depend on the cookie",
    "cacheable_redirect": "gives out ids with a redirect that caches may keep",
    "speaks_http": "serves people without TLS, where everybody on the way can read the id",
    "new_id_each_reply": "gives a new id with every reply, and forgets the old one before the reply has arrived",
}
"""One mistake each, for a scenario of its own: they are started when it is played."""
IDLE_SECONDS = 2 * 60 * 60
"""After so many seconds without a request the sessions of those that keep a table end; server/visitor.py says so."""
LIFE_SECONDS = 50_000
"""And after so many since they were issued, whatever happens: as long as their cookies live."""
SLIDE = {"small_table": "believes only an id that it finds in its dict: the fix on one slide"}
HANDLERS = tuple(IDENTITY)
FIXES = ("session_table", *SLIDE)
ALL = (*HANDLERS, *MISTAKES, *SLIDE)


def about(name: str) -> str:
    """What a handler takes for an identity; empty for what is not the lab's own."""
    return {**IDENTITY, **MISTAKES, **SLIDE}.get(name, "")


def port(handler: str, number: int) -> int:
    """The port of the how many-th subject of a play: another one for each handler, so that captures tell them apart."""
    return 9001 + ALL.index(handler) + 100 * number
