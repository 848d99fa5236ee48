"""From torch to verified ONNX packs."""
