"""ONNX Runtime: sessions and the engine that hears, reads and watches."""
