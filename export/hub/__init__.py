"""Parts from published checkpoints: fetched, exported to ONNX on the user's machine, compared with torch, installed."""
