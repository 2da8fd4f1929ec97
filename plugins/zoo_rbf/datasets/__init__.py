"""The datasets of the RBF family."""
