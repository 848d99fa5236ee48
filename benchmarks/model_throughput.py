"""How many times real time models hear on one thread: ours against published architectures in torch, and MFCCs.

Ours: the music graph, the rhythm graph, and the whole hearing that indexing does (`Engine.music` and `Engine.rhythm`).
Peers, with weights at random, which cost as much as learnt ones: Musicnn as it tags (three chunks of 3 s of each
segment, in torch), the audio tower of CLAP (transformers' `ClapAudioModel` in its usual sizes, from the spectrogram, so
that what makes it is not counted), and MFCCs by librosa with their statistics, as content-based tools without networks
store them. Every one is given the same minute of sound, in turns, at its own rate. Printed are the median, the lowest
and the highest of the times real time, and ours over each peer: more than 1 is faster. The peers learn more or less
than ours do; this compares their cost alone.

Run: ``python benchmarks/model_throughput.py``; peers need the extras train and bench. ``--device cuda`` runs all of
them there, on more segments at once, the MFCCs left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import threadpoolctl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import torch
import transformers

from benchmarks.support.ratios import keep
from benchmarks.support.turns import in_turns, machine, spread
from models.teachers.musicnn import Musicnn
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine
from plugin.synth.arranger import arrange
from plugin.synth.render import render

SEGMENTS, SEGMENT_SECONDS = 6, 10.0
"""Segments of a batch: a minute of music."""
SECONDS = SEGMENTS * SEGMENT_SECONDS
MUSICNN_CHUNKS, MUSICNN_SECONDS = 3, 3.0
RATE, PEER_RATE = 16_000, 22_050
"""Samples a second of ours and Musicnn, and of librosa by default."""
CLAP_FRAMES = 1_001
"""Of 10 s at 48 kHz, a frame every 480 samples."""
MFCCS = 13
MINUTES = {"cpu": 1, "cuda": 5}
"""Of music in a call."""


def sound(rate: int) -> np.ndarray:
    """A minute of music, float32 [N] mono."""
    return (
        render(arrange("folk_guitar", 1, SECONDS), rate=rate).mean(axis=0).astype(np.float32)[: round(SECONDS * rate)]
    )


def segments(device: str) -> np.ndarray:
    """What is heard in one call, float32 [B, N]."""
    return np.tile(sound(RATE).reshape(SEGMENTS, -1), (MINUTES[device], 1))


def ours(device: str) -> dict[str, Callable[[], object]]:
    engine = Engine(pack_dir(), device=device, threads=1, parts={})
    if engine.rate != RATE or engine.segment_seconds != SEGMENT_SECONDS:
        raise SystemExit(f"the pack hears {engine.segment_seconds:g} s at {engine.rate} Hz, not what is compared here")
    windows = segments(device)

    def hear() -> None:
        engine.music(windows)
        engine.rhythm(windows)

    return {"music": partial(engine.music, windows), "rhythm": partial(engine.rhythm, windows), "hearing": hear}


def musicnn(device: str) -> Callable[[], object]:
    """Musicnn in float32, on chunks that lie evenly in each segment."""
    model, windows = Musicnn().eval(), torch.from_numpy(segments(device))
    model.spec.spectrogram.window.copy_(torch.hann_window(512))
    model.spec.mel_scale.fb.copy_(torch.rand(model.spec.mel_scale.fb.shape))
    size = round(MUSICNN_SECONDS * RATE)
    model = model.to(device)
    starts = np.linspace(0, windows.shape[1] - size, MUSICNN_CHUNKS).round().astype(int)

    @torch.inference_mode()
    def work() -> object:
        return model(torch.cat([windows[:, start : start + size] for start in starts]).to(device)).cpu()

    return work


def clap(device: str) -> Callable[[], object]:
    """CLAP's audio tower on a spectrogram of 10 s for each segment."""
    config = transformers.ClapAudioConfig()
    torch.manual_seed(0)
    model = transformers.ClapAudioModel(config).eval().to(device)
    count = SEGMENTS * MINUTES[device]
    mel = torch.randn(count, 1, CLAP_FRAMES, config.num_mel_bins)
    longer = torch.zeros(count, 1, dtype=torch.bool, device=device)

    @torch.inference_mode()
    def work() -> object:
        return model(input_features=mel.to(device), is_longer=longer).pooler_output.cpu()

    return work


def mfcc() -> Callable[[], object]:
    """Means and covariances of MFCCs and of their differences."""
    import librosa

    audio = sound(PEER_RATE)

    def work() -> object:
        coefficients = librosa.feature.mfcc(y=audio, sr=PEER_RATE, n_mfcc=MFCCS)
        rows = np.concatenate([coefficients, librosa.feature.delta(coefficients)])
        return rows.mean(axis=1), np.cov(rows)

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--device", choices=tuple(MINUTES), default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(1)
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    where = "one thread" if args.device == "cpu" else torch.cuda.get_device_name()
    print(f"{machine()}, {versions}; {where}")
    own = ours(args.device)
    peers = {"Musicnn (torch)": musicnn(args.device), "CLAP's audio tower (torch)": clap(args.device)}
    if args.device == "cpu":
        peers["MFCC (librosa)"] = mfcc()
    with threadpoolctl.threadpool_limits(1):
        for work in (*own.values(), *peers.values()):
            work()
        spent = in_turns(args.turns, own | peers)
    seconds, mark = SECONDS * MINUTES[args.device], ", CUDA" if args.device == "cuda" else ""
    speeds = {name: [seconds / each.wall for each in values] for name, values in spent.items()}
    print(f"{'':28} {'times real time':26} " + " ".join(f"{name + ' / it':>14}" for name in own))
    for name, values in speeds.items():
        for each in own if name in peers else ():
            keep(f"{each} / {name}{mark}", [our / its for our, its in zip(speeds[each], values, strict=True)], "higher")
        ratios = [f"{median(speeds[each]) / median(values):14.2f}" for each in own] if name in peers else []
        print(f"{name:28} {spread(values, 0):26} {' '.join(ratios)}")


if __name__ == "__main__":
    main()
