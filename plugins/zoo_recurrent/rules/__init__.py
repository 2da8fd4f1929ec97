"""The recurrent networks as their papers give them: one time step of each, forward and backward.

Every step takes the inputs x (batch, inputs), the state before the step and the weights, and returns the state after
it and `backward`. `backward` takes the gradients of the loss with respect to that state and returns those with respect
to x, to the state before, and to the weights by name. A subscript _ marks what a variable was one step before.
"""
