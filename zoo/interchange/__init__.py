"""Exchange models with other programs: ONNX out, safetensors out and in."""
