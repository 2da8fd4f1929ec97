"""Find, load and validate plugins; recipes; the scaffold of a new plugin."""
