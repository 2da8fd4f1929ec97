"""The training loop, runs, history, early stopping, events, and when to save a checkpoint."""
