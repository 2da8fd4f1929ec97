"""Fast forms of the rules: all time steps at once, each equal to its rule but for rounding."""
