"""BLAS threads, the thread pool, and forked worker processes."""
