"""Timelines in, cues and markers out, for each host. No torch, no Qt, no ONNX."""
