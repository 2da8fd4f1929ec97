"""What a plugin author subclasses: architectures, models, phases, training steps, and the values they exchange."""
