"""Write a model, with its preprocessing and its labels, as a file of ONNX."""
