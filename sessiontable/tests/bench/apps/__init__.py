"""The same tiny app on each framework: /login, /read one value, /write one value, /last value written.

/read answers `alice` and /write `written` whatever keeps the session, the bare app included, so that only the sessions
differ. Each peer has its own defaults, but no Secure cookies, for the benchmark speaks plain HTTP.
"""
