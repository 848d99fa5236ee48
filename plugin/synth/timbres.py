"""The built-in instruments: for each General MIDI program how its tone is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from plugin.synth import spectra, tones
from plugin.synth.tones import Samples


@dataclass(frozen=True)
class Timbre:
    """
    How a program sounds.

    Attributes
    ----------
    tone : callable
        (frequency, samples, rate, loud, rng) -> float32 [samples].
    attack, release : float
        Seconds.
    held : bool
        Sounds as long as the key is down; otherwise it rings out by itself.
    drive : float
        Distortion of the whole part, 0 for none.
    level : float
        Loudness against other instruments.
    """

    tone: Callable[[float, int, int, float, np.random.Generator], Samples]
    attack: float
    release: float
    held: bool
    drive: float = 0.0
    level: float = 1.0


def _string(
    ring: float,
    bright: float,
    pick: float = 0.13,
    *,
    buzz: float = 0.0,
    strings: int = 1,
    release: float = 0.12,
    drive: float = 0.0,
    level: float = 1.0,
) -> Timbre:
    def tone(f: float, n: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
        return tones.plucked(f, n, rate, loud, ring=ring, bright=bright, pick=pick, buzz=buzz, strings=strings)

    return Timbre(tone, 0.002, release, False, drive, level)


def _bar(
    ratios: tuple[float, ...],
    levels: tuple[float, ...],
    rings: tuple[float, ...],
    *,
    release: float = 0.8,
    level: float = 1.0,
) -> Timbre:
    def tone(f: float, n: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
        return tones.struck(f, n, rate, loud, ratios, levels, rings)

    return Timbre(tone, 0.001, release, False, 0.0, level)


def _fm(ratio: float, index: float, ring: float, fall: float, *, release: float = 0.2) -> Timbre:
    def tone(f: float, n: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
        body = tones.modulated(f, n, rate, loud, ratio=1.0, index=0.8 * index, ring=ring, fall=ring)
        ting = tones.modulated(f, n, rate, loud, ratio=ratio, index=index, ring=ring * 0.7, fall=fall)
        return body + np.float32(0.5) * ting

    return Timbre(tone, 0.002, release, False)


def _wave(
    spectrum: spectra.Spectrum,
    cutoff: float,
    *,
    sweep: float = 1.5,
    fade: float = 0.3,
    attack: float = 0.04,
    release: float = 0.12,
    vibrato: float = 0.0,
    speed: float = 5.5,
    unison: int = 1,
    detune: float = 0.0,
    breath: float = 0.0,
    drive: float = 0.0,
    level: float = 1.0,
) -> Timbre:
    """Make a held tone: `cutoff` in Hz once settled, `sweep` times that at the attack of a loud note."""

    def tone(f: float, n: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
        k = np.arange(1.0, max(2.0, min(120.0, 0.45 * rate / f)))
        base = spectrum(k, f)
        corner = cutoff * (0.6 + 0.6 * loud) + f
        soft = base / (1.0 + (k * f / corner) ** 3)
        hard = base / (1.0 + (k * f / (corner * (1.0 + (sweep - 1.0) * loud))) ** 3)
        out = tones.sustained(
            f, n, rate, soft, hard,
            fade=fade, vibrato=vibrato, speed=speed, unison=unison, detune=detune, rng=rng,
        )  # fmt: skip
        if breath:
            spread = float(np.sqrt(np.mean(out**2)))
            out = out + np.float32(breath * spread) * tones.noise(n, rate, f, 6.0 * f + 3000.0, rng)
        return out

    return Timbre(tone, attack, release, True, drive, level)


def _effect(low: float, high: float, ring: float) -> Timbre:
    def tone(f: float, n: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
        fall = np.exp(-tones.time_axis(n, rate) * np.float32(6.9 / ring))
        return np.asarray(tones.noise(n, rate, low, high, rng) * fall, dtype=np.float32)

    return Timbre(tone, 0.02, 0.3, False, 0.0, 0.4)


def _pad(spectrum: spectra.Spectrum, cutoff: float, sweep: float = 1.5) -> Timbre:
    return _wave(spectrum, cutoff, sweep=sweep, fade=1.5, attack=0.35, release=0.7, unison=3, detune=9.0)


# Last program of each run, and the timbre of the whole run.
_RUNS: tuple[tuple[int, Timbre], ...] = (
    (1, _string(7.0, 9.0, 0.12, strings=2, release=0.18)),
    (2, _fm(14.0, 0.8, 4.0, 0.3)),
    (3, _string(5.0, 11.0, 0.12, strings=3, release=0.15)),
    (4, _fm(14.0, 1.1, 4.5, 0.5)),
    (5, _fm(7.0, 1.6, 4.0, 0.8)),
    (6, _string(4.0, 26.0, 0.08, strings=2, release=0.08, level=0.8)),
    (7, _string(2.5, 22.0, 0.06, release=0.04)),
    (8, _bar((1.0, 3.0, 5.2), (1.0, 0.35, 0.2), (2.2, 1.0, 0.5))),
    (9, _bar((1.0, 2.76, 5.4, 8.9), (1.0, 0.5, 0.3, 0.15), (2.5, 1.2, 0.5, 0.3), level=0.7)),
    (10, _bar((1.0, 3.0, 6.3, 10.1), (1.0, 0.3, 0.25, 0.1), (2.2, 1.5, 0.6, 0.3))),
    (11, _bar((1.0, 4.0, 9.2), (1.0, 0.25, 0.05), (4.0, 1.5, 0.4))),
    (12, _bar((1.0, 3.9, 9.2), (1.0, 0.3, 0.1), (0.9, 0.3, 0.1))),
    (13, _bar((1.0, 3.0, 6.1, 9.5), (1.0, 0.6, 0.3, 0.2), (0.5, 0.3, 0.15, 0.1))),
    (14, _bar((0.5, 1.0, 1.2, 1.5, 2.0, 2.7), (0.6, 1.0, 0.5, 0.4, 0.7, 0.3), (6.0, 5.0, 3.5, 3.0, 2.5, 1.5))),
    (15, _string(3.0, 18.0, 0.1, strings=3, release=0.5)),
    (18, _wave(spectra.drawbars, 5000.0, attack=0.008, release=0.04, vibrato=6.0, speed=6.6, level=0.8)),
    (19, _wave(spectra.principal, 5000.0, attack=0.05, release=0.35, unison=2, detune=3.0, level=0.9)),
    (20, _wave(spectra.reedy, 3500.0, attack=0.04, release=0.1)),
    (21, _wave(spectra.reedy, 4500.0, attack=0.03, release=0.08, unison=2, detune=14.0)),
    (22, _wave(spectra.nasal, 4000.0, attack=0.03, release=0.08, vibrato=14.0, speed=5.0)),
    (23, _wave(spectra.reedy, 3500.0, attack=0.03, release=0.08, unison=2, detune=5.0)),
    (24, _string(2.6, 7.0, 0.2, release=0.15)),
    (25, _string(4.0, 16.0, 0.12, release=0.15)),
    (26, _string(3.5, 6.0, 0.25, release=0.12)),
    (27, _string(5.0, 12.0, 0.15, release=0.12)),
    (28, _string(0.35, 8.0, 0.15, release=0.05)),
    (29, _string(8.0, 14.0, 0.15, buzz=0.4, release=0.08, drive=4.0, level=0.8)),
    (30, _string(9.0, 18.0, 0.12, buzz=0.5, release=0.06, drive=14.0, level=0.8)),
    (31, _string(3.0, 3.0, 0.5)),
    (32, _string(2.0, 5.0, 0.25, release=0.1, level=1.2)),
    (33, _string(4.0, 6.0, 0.2, release=0.08, level=1.2)),
    (34, _string(4.5, 12.0, 0.12, release=0.06, level=1.1)),
    (35, _string(5.0, 5.0, 0.3, release=0.1, level=1.2)),
    (37, _string(3.5, 24.0, 0.08, release=0.05, level=1.1)),
    (38, _wave(spectra.saw, 500.0, sweep=6.0, fade=0.15, attack=0.004, release=0.05, level=1.1)),
    (39, _wave(spectra.square, 300.0, sweep=3.0, fade=0.25, attack=0.006, release=0.08, level=1.2)),
    (40, _wave(spectra.bowed, 5500.0, attack=0.08, release=0.15, vibrato=18.0, speed=5.8)),
    (41, _wave(spectra.bowed, 4000.0, attack=0.09, release=0.15, vibrato=16.0, speed=5.4)),
    (42, _wave(spectra.bowed, 3000.0, attack=0.09, release=0.18, vibrato=16.0, speed=5.2)),
    (43, _wave(spectra.bowed, 1800.0, attack=0.1, release=0.2, vibrato=8.0, level=1.1)),
    (44, _wave(spectra.bowed, 4500.0, attack=0.05, release=0.2, vibrato=24.0, speed=9.0, unison=3, detune=16.0)),
    (45, _string(0.5, 7.0, 0.3, strings=3, release=0.3)),
    (46, _string(3.5, 6.0, 0.4, release=0.7)),
    (47, _bar((1.0, 1.5, 1.98, 2.44), (1.0, 0.6, 0.35, 0.2), (2.5, 2.0, 1.2, 0.8), level=1.2)),
    (49, _wave(spectra.bowed, 3800.0, attack=0.12, release=0.3, unison=3, detune=8.0, vibrato=8.0)),
    (51, _wave(spectra.saw, 2600.0, attack=0.2, release=0.4, unison=3, detune=12.0)),
    (52, _wave(spectra.ah, 4000.0, attack=0.15, release=0.35, unison=3, detune=14.0, vibrato=14.0, speed=5.2)),
    (54, _wave(spectra.oo, 2500.0, attack=0.15, release=0.35, unison=3, detune=14.0, vibrato=12.0, speed=5.0)),
    (55, _wave(spectra.saw, 2000.0, sweep=5.0, fade=0.12, attack=0.005, release=0.3, unison=3, detune=12.0)),
    (56, _wave(spectra.saw, 2200.0, sweep=2.2, fade=0.2, attack=0.03, release=0.07, vibrato=8.0)),
    (57, _wave(spectra.saw, 1500.0, sweep=2.2, fade=0.25, attack=0.04, release=0.08, vibrato=6.0)),
    (58, _wave(spectra.saw, 700.0, sweep=2.0, fade=0.2, attack=0.05, release=0.08, level=1.1)),
    (59, _wave(spectra.nasal, 4500.0, attack=0.03, release=0.07, vibrato=10.0)),
    (60, _wave(spectra.saw, 900.0, sweep=1.8, fade=0.3, attack=0.07, release=0.15)),
    (61, _wave(spectra.saw, 1900.0, sweep=2.4, fade=0.2, attack=0.035, release=0.1, unison=3, detune=8.0)),
    (63, _wave(spectra.saw, 1600.0, sweep=4.0, fade=0.25, attack=0.02, release=0.15, unison=2, detune=12.0)),
    (65, _wave(spectra.nasal, 3500.0, attack=0.03, release=0.08, vibrato=14.0, speed=5.2, breath=0.08)),
    (67, _wave(spectra.reedy, 2600.0, attack=0.04, release=0.09, vibrato=12.0, speed=5.0, breath=0.1)),
    (69, _wave(spectra.nasal, 5000.0, attack=0.04, release=0.08, vibrato=12.0, speed=5.4)),
    (70, _wave(spectra.reedy, 1500.0, attack=0.04, release=0.08, vibrato=6.0)),
    (71, _wave(spectra.hollow, 2600.0, attack=0.035, release=0.08, vibrato=4.0)),
    (74, _wave(spectra.pipe, 4000.0, attack=0.05, release=0.1, vibrato=12.0, speed=5.0, breath=0.12)),
    (77, _wave(spectra.pipe, 3000.0, attack=0.07, release=0.15, vibrato=10.0, speed=4.6, breath=0.5)),
    (79, _wave(spectra.pipe, 2500.0, attack=0.03, release=0.08, vibrato=14.0, breath=0.05)),
    (80, _wave(spectra.square, 9000.0, attack=0.004, release=0.04, level=0.6)),
    (81, _wave(spectra.saw, 3500.0, sweep=2.5, attack=0.006, release=0.08, unison=3, detune=14.0, level=0.8)),
    (83, _wave(spectra.pipe, 5000.0, attack=0.02, release=0.1, breath=0.3)),
    (84, _wave(spectra.saw, 4000.0, sweep=2.0, attack=0.004, release=0.06, drive=3.0, level=0.8)),
    (85, _wave(spectra.ah, 4000.0, attack=0.06, release=0.2, unison=2, detune=8.0, vibrato=14.0)),
    (87, _wave(spectra.saw, 2200.0, sweep=4.0, attack=0.006, release=0.08, unison=2, detune=9.0)),
    (88, _fm(3.5, 1.2, 6.0, 3.0, release=1.0)),
    (89, _pad(spectra.saw, 900.0)),
    (90, _wave(spectra.saw, 3200.0, sweep=2.0, attack=0.05, release=0.5, unison=3, detune=14.0)),
    (91, _pad(spectra.ah, 3500.0)),
    (92, _pad(spectra.bowed, 2500.0)),
    (93, _pad(spectra.square, 2800.0, 2.0)),
    (94, _pad(spectra.oo, 3000.0)),
    (95, _pad(spectra.saw, 700.0, 7.0)),
    (97, _pad(spectra.nasal, 4000.0)),
    (98, _fm(3.5, 2.2, 3.5, 2.0, release=0.9)),
    (103, _pad(spectra.hollow, 2500.0, 3.0)),
    (104, _string(4.5, 30.0, 0.07, buzz=0.7, release=0.4)),
    (106, _string(1.2, 20.0, 0.07, release=0.1)),
    (107, _string(2.2, 16.0, 0.1, release=0.4)),
    (108, _bar((1.0, 5.4, 12.3), (1.0, 0.15, 0.08), (1.2, 0.25, 0.1))),
    (109, _wave(spectra.nasal, 6000.0, attack=0.02, release=0.03, unison=2, detune=7.0)),
    (110, _wave(spectra.bowed, 6500.0, attack=0.04, release=0.1, vibrato=12.0, speed=6.0)),
    (111, _wave(spectra.nasal, 6000.0, attack=0.03, release=0.06, vibrato=16.0)),
    (113, _bar((1.0, 2.5, 4.1, 5.9), (1.0, 0.6, 0.4, 0.3), (1.2, 0.8, 0.5, 0.3), level=0.7)),
    (114, _bar((1.0, 2.0, 3.01, 4.03), (1.0, 0.7, 0.3, 0.15), (1.2, 0.9, 0.5, 0.3))),
    (115, _bar((1.0, 2.6), (1.0, 0.4), (0.12, 0.08))),
    (118, _bar((1.0, 1.59, 2.14), (1.0, 0.5, 0.25), (0.9, 0.5, 0.3), level=1.2)),
    (119, _effect(2500.0, 14000.0, 2.0)),
    (121, _effect(1500.0, 9000.0, 0.4)),
    (122, _effect(200.0, 6000.0, 6.0)),
    (123, _effect(2500.0, 6000.0, 0.5)),
    (124, _fm(1.5, 1.0, 3.0, 3.0)),
    (126, _effect(80.0, 5000.0, 4.0)),
    (127, _effect(60.0, 8000.0, 0.8)),
)  # fmt: skip


def timbre(program: int) -> Timbre:
    """Give the built-in instrument of a General MIDI program, 0 to 127."""
    if not 0 <= program <= 127:
        raise ValueError(f"General MIDI program {program}: must be 0 to 127")
    return next(found for last, found in _RUNS if program <= last)
