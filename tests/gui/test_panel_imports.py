"""What the window needs no more than it must: imports are most of its start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_window_comes_before_the_store_and_the_models() -> None:
    code = "import sys, gui.app; print(*{'sqlalchemy', 'onnxruntime', 'tokenizers', 'torch', 'av'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout.split() == []
