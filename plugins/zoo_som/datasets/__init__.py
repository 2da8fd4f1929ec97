"""The datasets of the SOM family."""
