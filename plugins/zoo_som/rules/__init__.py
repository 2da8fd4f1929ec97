"""The equations of the family, as the papers have them: one file per rule, pure functions."""
