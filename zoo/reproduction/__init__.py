"""Train what papers report, over many seeds, and set published and reached numbers side by side."""
