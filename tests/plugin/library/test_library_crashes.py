"""A library whose writers are killed at random moments, again and again.

``CUEFINDER_KILLS=2000 python -m pytest tests/plugin/library/test_library_crashes.py`` is the long form.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KILLS = int(os.environ.get("CUEFINDER_KILLS", "200"))


@pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")
@pytest.mark.timeout(60 + 2 * KILLS)
def test_after_every_kill_the_library_is_as_before_or_as_after(tmp_path: Path) -> None:
    seed = random.randrange(1000)
    paths = [str(folder) for folder in (ROOT, HERE.parent, HERE)]
    nursery = subprocess.run(
        [sys.executable, str(HERE / "kill_nursery.py"), str(tmp_path), str(KILLS), str(seed)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert nursery.returncode == 0, f"seed {seed}: {nursery.stderr}"
    counts = json.loads(nursery.stdout.splitlines()[-1])
    print(f"seed {seed}: {counts}")
    assert counts["kills"] == KILLS
    assert counts["inside_transaction"] >= KILLS // 20, counts  # else the kills would prove nothing
    assert counts["rolled_back"] > 0, counts
    assert sum(count > 0 for count in counts["killed_in"].values()) >= 4, counts
