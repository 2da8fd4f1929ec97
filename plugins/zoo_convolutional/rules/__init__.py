"""The layers of convolutional nets as their papers give them, forward and backward.

Every rule returns the outputs and `backward`, which takes the gradient of the loss with respect to the outputs and
returns those with respect to the inputs and the weights. Images are (rows, height, width, channels).
"""
