"""Tempo and key of arrangements whose truth is known: our graph and read-outs against librosa, in one run.

Prints the share that is right (tempo within 4 %; by a factor of 2 or 3; key exact and by MIREX's weights) and the
speed, for both, and their ratio. librosa's key is its chroma_cqt with Krumhansl's profiles, as its users do it.
Run: ``python benchmarks/tempo_key.py [PIECES]`` (default 40).
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep
from plugin.rhythm import NOTES, estimate_key, estimate_tempo
from plugin.runtime.engine import Engine
from plugin.synth.arranger import arrange
from plugin.synth.render import render
from plugin.synth.styles import STYLES

SECONDS = 40.0
KRUMHANSL = (
    np.array((6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88), np.float32),
    np.array((6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17), np.float32),
)


def ours(engine: Engine, audio: np.ndarray) -> tuple[float | None, str | None]:
    onset, chroma = engine.rhythm(audio.reshape(-1, 160_000))
    return estimate_tempo(onset.reshape(-1)), estimate_key(chroma.reshape(-1, 12), *engine.key_profiles)


def theirs(audio: np.ndarray) -> tuple[float | None, str | None]:
    import librosa

    tempo = float(np.atleast_1d(librosa.feature.tempo(y=audio, sr=16_000))[0])
    chroma = librosa.feature.chroma_cqt(y=audio, sr=16_000).T.astype(np.float32)
    profiles = [(p - p.mean()) / p.std() for p in KRUMHANSL]
    return tempo, estimate_key(chroma, profiles[0], profiles[1])


def key_credit(found: str | None, truth: str) -> float:
    if found is None:
        return 0.0
    (note, mode), (true_note, true_mode) = found.split(), truth.split()
    step = (NOTES.index(note) - NOTES.index(true_note)) % 12
    if mode == true_mode:
        return {0: 1.0, 7: 0.5, 5: 0.5}.get(step, 0.0)
    return {(9 if true_mode == "major" else 3): 0.3, 0: 0.2}.get(step, 0.0)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    warnings.simplefilter("ignore")
    engine = Engine(device="cpu")
    styles = sorted(STYLES)
    chosen = [styles[i * len(styles) // count] for i in range(min(count, len(styles)))]
    rows: dict[str, list[tuple[float, float, float, float]]] = {"ours": [], "librosa": []}
    spent = {"ours": 0.0, "librosa": 0.0}
    for number, style in enumerate(chosen):
        score = arrange(style, 90_000 + number, SECONDS)
        truth = f"{NOTES[score.tonic]} {score.mode}"
        audio = render(score, rate=16_000).mean(0)[: int(SECONDS) * 16_000]
        for name, method in (("ours", lambda a: ours(engine, a)), ("librosa", theirs)):
            if number == 0:
                method(audio)  # warm up: graphs load, numba compiles
            started = time.perf_counter()
            tempo, key = method(audio)
            spent[name] += time.perf_counter() - started
            ratio = (tempo or 0.0) / score.tempo
            credit = key_credit(key, truth)
            multiples = (1, 2, 3, 1 / 2, 1 / 3)
            rows[name].append((abs(ratio - 1) < 0.04, any(abs(ratio / m - 1) < 0.04 for m in multiples),
                               credit == 1.0, credit))  # fmt: skip
    print(f"{len(chosen)} pieces of {SECONDS:.0f} s in {len(chosen)} styles")
    print(f"{'':10} {'tempo':>7} {'x2, x3':>7} {'key':>7} {'MIREX':>7} {'x real time':>12}")
    for name, values in rows.items():
        means = np.mean(np.array(values, float), axis=0)
        speed = len(chosen) * SECONDS / spent[name]
        print(f"{name:10} {means[0]:7.3f} {means[1]:7.3f} {means[2]:7.3f} {means[3]:7.3f} {speed:12.0f}")
    keep("speed, ours / librosa", [spent["librosa"] / spent["ours"]], "higher")
    for place, what in ((0, "tempo"), (2, "key")):
        right = {name: sum(row[place] for row in values) for name, values in rows.items()}
        keep(f"{what} right, ours / librosa", [right["ours"] / max(right["librosa"], 1)], "higher")
    print(f"speed, ours / librosa: {spent['librosa'] / spent['ours']:.2f}  (chance: key 0.042)")


if __name__ == "__main__":
    main()
