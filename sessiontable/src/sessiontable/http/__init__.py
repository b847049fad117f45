"""What of HTTP is the same in all adapters: the cookie, the refusals, the error page."""
