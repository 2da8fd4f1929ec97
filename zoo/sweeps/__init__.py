"""Sweeps: a grid of options over seeds, its runs on all cores, its file, table and plot."""
