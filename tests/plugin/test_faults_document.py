"""The document of faults names tests and benchmarks that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_and_benchmark_that_the_document_names_is_there() -> None:
    named = 0
    for line in (ROOT / "docs" / "faults.md").read_text().splitlines():
        file = Path()
        for path, words in re.findall(r"`([\w/]*\.py|[\w/]+/(?=`))?(?:::(\w+))?`", line):
            if path:
                place = ROOT if path.startswith(("plugin/", "benchmarks/", "tests/")) else ROOT / "tests" / "plugin"
                file = place / path if "/" in path else ROOT / "plugin" / "library" / path
                assert file.exists(), path
            if words:
                assert re.search(rf"def test_\w*{words}", file.read_text()), f"{file.name}::{words}"
            named += bool(path or words)
    assert named > 50
