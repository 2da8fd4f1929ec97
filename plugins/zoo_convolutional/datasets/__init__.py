"""The dataset of the convolutional family."""
