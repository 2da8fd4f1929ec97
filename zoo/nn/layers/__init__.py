"""Layers and the combinators that join them."""
