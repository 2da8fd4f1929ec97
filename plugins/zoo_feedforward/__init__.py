"""The feedforward family: perceptron, logistic regression, multilayer perceptron."""
