"""Four hours of sound never lie in memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from media_maker import wav

ROOT = Path(__file__).resolve().parents[3]
RATE, SECONDS = 2000, 4 * 3600

PROGRAM = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from plugin.decode import decode_file

def peak():  # MiB; ru_maxrss is in bytes on macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

before = peak()
for finished in decode_file(sys.argv[2], 4000, 60.0):
    pass
print(finished.duration, finished.loudness, peak() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="measures through getrusage")
def test_four_hours_take_a_few_blocks_of_memory(tmp_path):
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # a hole on the disk reads as silence
        head = wav(b"", rate=RATE)
        size = 2 * RATE * SECONDS
        file.write(head[:4] + (size + 36).to_bytes(4, "little") + head[8:-4] + size.to_bytes(4, "little"))
        file.truncate(44 + size)
    command = [sys.executable, "-c", PROGRAM, str(ROOT), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    duration, loudness, grown = result.stdout.split()
    assert (float(duration), loudness) == (SECONDS, "None")
    assert float(grown) < 40  # MiB; the sound is 220 MiB, one block 0.9
