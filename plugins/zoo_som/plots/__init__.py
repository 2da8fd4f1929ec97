"""Plots of maps, on hexagonal or square tiles."""
