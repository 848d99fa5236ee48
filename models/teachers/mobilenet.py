"""MobileNet v1: picture features that the video encoder's CNN learns to give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter


class MobileNet:
    """uint8 RGB pictures to features of width 1,024."""

    def __init__(self, folder: Path) -> None:
        self.interpreter = Interpreter(str(folder / "mobilenet_v1_embedding.tflite"), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]
        self.size = 224

    def __call__(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Features float32 [1024] of a picture [H, W, 3], enlarged to 224 x 224 by its nearest pixels."""
        rows = np.arange(self.size) * picture.shape[0] // self.size
        columns = np.arange(self.size) * picture.shape[1] // self.size
        self.interpreter.set_tensor(self.input, picture[rows][:, columns][None])
        self.interpreter.invoke()
        out = self.interpreter.get_tensor(self.output["index"]).reshape(-1)
        scale, zero = self.output["quantization"]
        return ((out.astype(np.float32) - zero) * (scale or 1.0)).astype(np.float32)
