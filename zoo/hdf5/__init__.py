"""HDF5 data files from anybody: read through a child process that can open nothing, or directly where trusted."""
