"""The datasets of the ART family."""
