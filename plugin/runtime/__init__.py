"""ONNX Runtime: packs, sessions and the engine that hears, reads and watches."""
