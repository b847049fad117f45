"""The cookie server: one set of routes (app.py), and six ways of answering "who is this?" (handlers/)."""
