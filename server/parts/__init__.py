"""What stands in front of a server, or behind it, in some scenarios: one file for each way to set it up.

The files are the programs' own configurations, with @words@ for what differs from play to play, see `recipe.py`.
"""
