"""A lab that stays up between commands, what is recorded of a run, and what a machine lacks."""
