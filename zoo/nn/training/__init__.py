"""The gradient-trained architecture, model, phase, settings and training step."""
