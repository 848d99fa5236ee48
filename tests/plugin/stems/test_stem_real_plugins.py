"""Stems through real VST3 plug-ins (Debian's zam-plugins), in processes of their own: plug-ins can crash theirs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import tone, write_wav

FOLDER = Path("/usr/lib/vst3")
needs_plugins = pytest.mark.skipif(
    not (FOLDER / "ZamGEQ31.vst3").exists(), reason="needs real VST3 plug-ins (Debian package zam-plugins)"
)
LOUDNESS = """
import json, sys
from pathlib import Path
import numpy as np
from plugin.stems import Effects, PluginChoice
sound, *plugins = sys.argv[1:]
chain = [PluginChoice(Path(name), json.loads(values)) for name, values in zip(plugins[::2], plugins[1::2])]
heard = np.concatenate(list(Effects(chain).mono_blocks(Path(sound), 16000)))
print(json.dumps([len(heard) / 16000, float(np.sqrt(np.mean(heard**2)))]))
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120, check=False)


def heard(sound: Path, *plugins: tuple[str, dict[str, str]]) -> tuple[float, float]:
    """Seconds and level of a file after plug-ins."""
    named = [part for name, values in plugins for part in (str(FOLDER / name), json.dumps(values))]
    done = run("-c", LOUDNESS, str(sound), *named)
    assert done.returncode == 0, done.stderr
    seconds, level = json.loads(done.stdout.splitlines()[-1])
    return seconds, level


@needs_plugins
def test_one_for_a_single_channel_treats_both_of_stereo_and_stands_in_a_chain(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "a.wav", tone(440, 35, level=0.2), 16000)
    plain = heard(sound)
    quieter = heard(sound, ("ZamGEQ31.vst3", {"master_gain_db": "-20"}))
    gated = heard(sound, ("ZamGateX2.vst3", {"threshold_db": "0", "max_gate_close_db": "-50"}))
    both = heard(sound, ("ZamGEQ31.vst3", {"master_gain_db": "-20"}), ("ZamGateX2.vst3", {"threshold_db": "-60"}))
    assert [seconds for seconds, _ in (plain, quieter, gated, both)] == pytest.approx([35] * 4, abs=0.1)
    assert quieter[1] == pytest.approx(plain[1] / 10, rel=0.1)
    assert gated[1] < plain[1] / 10
    assert both[1] == pytest.approx(quieter[1], rel=0.1)


@needs_plugins
def test_the_command_takes_them(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(440, 8, level=0.2), 16000)
    done = run("-m", "plugin.cli.main", "stems", str(tmp_path), "--vst3", str(FOLDER / "ZamGEQ31.vst3"), "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["files"]) == 1
