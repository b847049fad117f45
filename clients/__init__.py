"""The clients: people at their hosts, each with a cookie jar of their own, driven by one line protocol."""
