"""The built-in drum kit: each key of the General MIDI percussion map as a recipe of skins, metal and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.synth.tones import Samples, noise, struck, sweep, time_axis

_METAL = (1.0, 1.342, 1.231, 1.653, 1.972, 2.152, 2.67, 3.11)


@dataclass(frozen=True)
class Piece:
    """
    One piece of the kit.

    Attributes
    ----------
    ring : float
        Seconds to fall by 60 dB.
    skin : tuple of float or None
        Start and end frequency in Hz of a falling sine.
    metal : float
        Fundamental in Hz of ringing metal, 0 for none.
    hiss : tuple of float or None
        Lowest and highest frequency in Hz of noise, its level, and its own ring in seconds.
    strokes : int
        Bursts of noise before the last one, as in a clap.
    level : float
        Loudness in the kit.
    """

    ring: float
    skin: tuple[float, float] | None = None
    metal: float = 0.0
    hiss: tuple[float, float, float, float] | None = None
    strokes: int = 0
    level: float = 0.7


_KICK = Piece(0.45, (150.0, 48.0), hiss=(1500.0, 6000.0, 0.05, 0.03), level=1.0)
_BOOM = Piece(1.1, (130.0, 42.0), hiss=(2000.0, 6000.0, 0.02, 0.02), level=1.0)  # TR-808
_CLAP = Piece(0.3, hiss=(900.0, 4500.0, 1.0, 0.22), strokes=3)
_SNARE = Piece(0.22, (260.0, 185.0), hiss=(1200.0, 9000.0, 0.9, 0.24), level=0.85)
_SNAP = Piece(0.2, (330.0, 200.0), hiss=(1800.0, 11000.0, 0.8, 0.18), level=0.85)
_BRUSH = Piece(0.15, (220.0, 180.0), hiss=(2000.0, 9000.0, 2.0, 0.35), level=0.5)


def _hat(ring: float) -> Piece:
    return Piece(ring, metal=3200.0, hiss=(7000.0, 15000.0, 0.9, ring), level=0.4)


def _tom(pitch: float) -> Piece:
    return Piece(0.6, (pitch * 1.5, pitch), hiss=(300.0, 2500.0, 0.12, 0.1), level=0.85)


def _cymbal(ring: float, pitch: float, level: float) -> Piece:
    return Piece(ring, metal=pitch, hiss=(3500.0, 15000.0, 1.0, ring), level=level)


def _hand(pitch: float, ring: float) -> Piece:
    return Piece(ring, (pitch * 1.25, pitch), hiss=(800.0, 4000.0, 0.15, 0.04), level=0.7)


def _shaken(low: float, ring: float, level: float = 0.35) -> Piece:
    return Piece(ring, hiss=(low, 14000.0, 1.0, ring), level=level)


_PIECES: dict[int, Piece] = {
    35: _KICK, 36: _KICK, 37: Piece(0.08, (1700.0, 1600.0), hiss=(2000.0, 7000.0, 0.4, 0.05)),
    38: _SNARE, 39: _CLAP, 40: _SNARE, 41: _tom(75.0), 42: _hat(0.09), 43: _tom(90.0), 44: _hat(0.07),
    45: _tom(110.0), 46: _hat(0.7), 47: _tom(130.0), 48: _tom(155.0), 49: _cymbal(2.6, 2100.0, 0.6),
    50: _tom(185.0), 51: _cymbal(1.4, 2900.0, 0.4), 52: _cymbal(1.8, 1800.0, 0.6), 53: Piece(1.2, metal=1450.0),
    54: Piece(0.25, metal=5200.0, hiss=(6000.0, 15000.0, 0.8, 0.2), level=0.4), 55: _cymbal(1.0, 2600.0, 0.5),
    56: Piece(0.4, metal=560.0, level=0.5), 57: _cymbal(2.4, 2300.0, 0.6), 58: _shaken(1500.0, 0.6),
    59: _cymbal(1.5, 3100.0, 0.4), 60: _hand(420.0, 0.2), 61: _hand(300.0, 0.25), 62: _hand(340.0, 0.12),
    63: _hand(310.0, 0.4), 64: _hand(210.0, 0.45), 65: _hand(520.0, 0.4), 66: _hand(380.0, 0.4),
    67: Piece(0.4, metal=900.0, level=0.5), 68: Piece(0.4, metal=680.0, level=0.5), 69: _shaken(5000.0, 0.1),
    70: _shaken(6000.0, 0.09), 71: Piece(0.2, (2300.0, 2350.0), level=0.4), 72: Piece(0.6, (2300.0, 2200.0), level=0.4),
    73: Piece(0.15, hiss=(2500.0, 8000.0, 1.0, 0.12), strokes=4, level=0.4),
    74: Piece(0.5, hiss=(2500.0, 8000.0, 1.0, 0.4), strokes=8, level=0.4),
    75: Piece(0.09, (2500.0, 2480.0), level=0.6), 76: Piece(0.1, (1100.0, 1050.0), level=0.6),
    77: Piece(0.12, (760.0, 720.0), level=0.6), 78: _hand(620.0, 0.2), 79: _hand(450.0, 0.5),
    80: Piece(0.2, metal=4200.0, level=0.35), 81: Piece(2.0, metal=4200.0, level=0.35), 82: _shaken(5000.0, 0.12),
}  # fmt: skip

_KITS: dict[int, dict[int, Piece]] = {
    24: {35: _BOOM, 36: _KICK, 38: _SNAP, 40: _SNAP},
    25: {35: _BOOM, 36: _BOOM, 38: _SNAP, 40: _SNAP},
    40: {38: _BRUSH, 40: _BRUSH},
}


def drum(kit: int, key: int, rate: int, loud: float, rng: np.random.Generator) -> Samples:
    """
    Strike a piece of the kit once.

    Parameters
    ----------
    kit : int
        0 standard, 24 electronic, 25 TR-808, 40 brushes; others sound as the standard kit.
    key : int
        MIDI key; one without a piece of its own sounds as a short knock.
    rate : int
        Samples per second.
    loud : float
        0 to 1.
    """
    piece = _KITS.get(kit, {}).get(key) or _PIECES.get(key) or _hand(500.0, 0.1)
    samples = round(rate * max(piece.ring, piece.hiss[3] if piece.hiss else 0.0) * 1.1)
    t = time_axis(samples, rate)
    out = np.zeros(samples, dtype=np.float32)
    if piece.skin:
        out += sweep(samples, rate, *piece.skin, 0.035, piece.ring)
    if piece.metal:
        rings = [piece.ring * (1.0 - 0.07 * n) for n in range(len(_METAL))]
        out += 0.4 * struck(piece.metal, samples, rate, loud, _METAL, [1.0] * len(_METAL), rings)
    if piece.hiss:
        low, high, level, ring = piece.hiss
        fall = np.exp(-t * np.float32(6.9 / ring))
        for stroke in range(piece.strokes):  # short bursts 12 ms apart lead to the last one
            begin = round(stroke * 0.012 * rate)
            fall[begin:] = np.maximum(fall[begin:], np.exp(-(t[: samples - begin]) * np.float32(600.0)))
        out += np.float32(0.35 * level * (0.5 + 0.5 * loud)) * noise(samples, rate, low, high, rng) * fall
    ramp = rate // 200
    out[-ramp:] *= np.linspace(1.0, 0.0, ramp, dtype=np.float32)
    return out * np.float32(piece.level)
