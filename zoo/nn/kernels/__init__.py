"""Fast matrix products and buffers shared by layers."""
