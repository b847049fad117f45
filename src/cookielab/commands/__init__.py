"""One file a command; `cli` only parses."""
