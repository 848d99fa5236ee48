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
from typing import Any

import pytest
from store_material import quick_folder

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KILLS = int(os.environ.get("CUEFINDER_KILLS", "200"))


pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")


def run(program: str, folder: Path, kills: int) -> dict[str, Any]:
    """Run a nursery in a folder; gives its counts."""
    seed = random.randrange(1000)
    paths = [str(folder) for folder in (ROOT, HERE.parent, HERE)]
    nursery = subprocess.run(
        [sys.executable, str(HERE / program), str(folder), str(kills), str(seed)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert nursery.returncode == 0, f"seed {seed}: {nursery.stderr}"
    counts: dict[str, Any] = json.loads(nursery.stdout.splitlines()[-1])
    print(f"seed {seed}: {counts}")
    return counts


@pytest.mark.timeout(60 + 2 * KILLS)
def test_after_every_kill_the_library_is_as_before_or_as_after(tmp_path: Path) -> None:
    counts = run("kill_nursery.py", tmp_path, KILLS)
    assert counts["kills"] == KILLS
    assert counts["inside_transaction"] >= KILLS // 20, counts  # else the kills would prove nothing
    assert counts["rolled_back"] > 0, counts
    assert sum(count > 0 for count in counts["killed_in"].values()) >= 4, counts


@pytest.mark.timeout(60 + 2 * KILLS)
def test_after_every_kill_a_library_that_is_heard_again_is_wholly_of_the_old_models_or_of_the_new() -> None:
    kills = max(KILLS // 5, 20)
    with quick_folder() as folder:
        counts = run("rehearing_nursery.py", folder, kills)
    assert counts["inside_transaction"] >= kills // 10, counts
    assert counts["taken_over"] > 0, counts
    assert counts["went_on"] > 0, counts
