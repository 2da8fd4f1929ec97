"""zoo: a zoo of neural-network architectures on NumPy."""

__version__ = "0.1.0"
