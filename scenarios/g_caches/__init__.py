"""Shared caches: see README.md."""

from cookielab.stage import Group

from . import cached_body, cached_redirect, cached_set_cookie, coalescing, vary

GROUP = Group(
    "G",
    "Shared caches",
    (
        cached_set_cookie.SCENARIO,
        cached_body.SCENARIO,
        vary.SCENARIO,
        coalescing.SCENARIO,
        cached_redirect.SCENARIO,
    ),
)
