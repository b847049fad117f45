"""The cookie server: one set of routes (app.py), and one file for each way of answering "who is this?" (handlers/)."""
