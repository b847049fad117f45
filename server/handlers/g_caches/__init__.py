"""Handlers that let a shared cache keep what was made for one person."""

from ..entry import Entry
from .cacheable_login import CacheableLogin
from .cacheable_redirect import CacheableRedirect
from .no_vary import NoVary
from .silent_cache_headers import SilentCacheHeaders

ENTRIES = (
    Entry(
        "cacheable_login",
        CacheableLogin,
        "an id of the table, renewed with each page, on a front page that caches may keep",
        "The cache keeps the page with the cookie, and whoever comes next is logged in as somebody else.",
    ),
    Entry(
        "silent_cache_headers",
        SilentCacheHeaders,
        "an id of the table; the replies say nothing to caches",
        "A cache that may guess keeps a personal page and shows it to all.",
    ),
    Entry(
        "no_vary",
        NoVary,
        "an id of the table; pages may be kept for a minute, whatever the cookie",
        "The cache has one page for all, that of whoever came first.",
    ),
    Entry(
        "cacheable_redirect",
        CacheableRedirect,
        "an id of the table, given out with a lasting redirect",
        "The cache keeps the redirect with the cookie, and all newcomers get one id.",
    ),
)
