"""The checkpoint file format: user block, manifest, index and arrays."""
