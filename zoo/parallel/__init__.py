"""BLAS threads, the thread pool, and worker processes."""
