from __future__ import annotations

import os
import subprocess
import sys

import pytest

from plugin.cli.main import main


def test_without_a_display_there_is_one_line(tmp_path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["QT_QPA_PLATFORM"] = "no-such-platform"
    command = [sys.executable, "-m", "plugin.cli.main", "panel", "--library", str(tmp_path / "library.db")]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("cuefinder: error: the panel cannot open a window (")
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_options_reach_the_window(monkeypatch) -> None:
    seen = {}

    def run(command, **options):
        seen["command"] = command
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    assert main(["panel", "--library", "a b.db", "--pack", "p", "--device", "cpu"]) == 3
    assert seen["command"][-6:] == ["--device", "cpu", "--library", "a b.db", "--pack", "p"]


def test_no_json(capsys) -> None:
    assert main(["panel", "--json"]) == 2
    assert "--json: the panel prints nothing" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["PyQt6", "PyQt6.QtWidgets"])
def test_without_qt_there_is_one_line(missing) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; from gui.__main__ import main; sys.exit(main([]))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("cuefinder: error: the panel cannot start (")
    assert answer.stderr.count("\n") == 1
