"""The NAT gateway of the lab: it gives many clients one public address, in the way that `rules/` describes."""
