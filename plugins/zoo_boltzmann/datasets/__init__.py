"""The datasets of the Boltzmann family."""
