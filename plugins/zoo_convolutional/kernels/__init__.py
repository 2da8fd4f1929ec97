"""Fast forms of the rules, each equal to its rule but for rounding."""
