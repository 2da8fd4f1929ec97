"""Fast forms of the rules."""
