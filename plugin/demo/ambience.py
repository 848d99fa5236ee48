"""Ambient sound made of shaped noise: waves, wind, rain, street, steps, birds, crowd and thunder.

Each texture is a function of a random generator, a length in samples and a rate in Hz; it gives float32 [2, N]
with a level (RMS) of about 0.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.floating[Any]]
Texture = Callable[[np.random.Generator, int, int], Sound]

_LEVEL = 0.1


def noise(rng: np.random.Generator, samples: int, rate: int, low: float, high: float, slope: float = 0.0) -> Sound:
    """Draw stereo noise within a band.

    Parameters
    ----------
    rng : numpy.random.Generator
    samples, rate : int
    low, high : float
        Edges of the band in Hz; they fall off softly.
    slope : float
        Amplitude goes with ``frequency ** -slope``: 0 white, 0.5 pink, 1 brown.

    Returns
    -------
    ndarray of float32, [2, samples]
        Of unit RMS.
    """
    spectrum = np.fft.rfft(rng.standard_normal((2, samples), dtype=np.float32))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / rate), 1.0)
    shape = frequency**-slope / (1 + (low / frequency) ** 4) / (1 + (frequency / high) ** 4)
    sound = np.fft.irfft(spectrum * shape, samples)
    return _levelled(sound, 1.0)


def drift(rng: np.random.Generator, samples: int, rate: int, period: float) -> Sound:
    """Draw a curve between 0 and 1 that wanders with a typical period in seconds, [samples]."""
    knots = rng.random(int(samples / rate / period) + 3)
    at = np.arange(samples) / rate / period
    left = at.astype(int)
    fraction = at - left
    weight = fraction * fraction * (3 - 2 * fraction)
    curve: Sound = (knots[left] * (1 - weight) + knots[left + 1] * weight).astype(np.float32)
    return curve


def _levelled(sound: Sound, level: float = _LEVEL) -> Sound:
    """Bring a sound to a level (RMS)."""
    levelled: Sound = (sound * (level / (np.sqrt(np.mean(sound**2)) + 1e-9))).astype(np.float32)
    return levelled


def _add(sound: Sound, start: float, rate: int, event: Sound, pan: float) -> None:
    """Mix a mono event into a stereo sound, where `pan` runs from 0 (left) to 1 (right)."""
    first = int(start * rate)
    part = event[: max(0, sound.shape[1] - first)]
    for channel, gain in enumerate((np.cos(pan * np.pi / 2), np.sin(pan * np.pi / 2))):
        sound[channel, first : first + len(part)] += np.float32(gain) * part


def waves(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Surf: swells that rise slowly and break with a hiss."""
    time = np.arange(samples) / rate
    sound = 0.25 * noise(rng, samples, rate, 40, 400, 0.8)
    hiss = noise(rng, samples, rate, 300, 5000, 0.4)
    start = -float(rng.uniform(0, 4))
    while start < samples / rate:
        length = float(rng.uniform(4.5, 7))
        phase = np.clip((time - start) / length, 0, 1)
        swell = np.where(phase < 0.45, (phase / 0.45) ** 2.5, (1 - (phase - 0.45) / 0.55) ** 2) * (phase > 0)
        sound += swell.astype(np.float32) * hiss
        start += length * float(rng.uniform(0.6, 0.9))
    return _levelled(sound)


def wind(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Wind: three bands of noise that howl in turn."""
    sound = 0.5 * noise(rng, samples, rate, 60, 300, 0.7)
    for centre in (280, 480, 820):
        sound += drift(rng, samples, rate, 1.6) ** 2 * noise(rng, samples, rate, centre * 0.9, centre * 1.15)
    return _levelled(sound)


def rain(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Rain: a steady rush and single drops."""
    sound = noise(rng, samples, rate, 800, 9000, 0.35)
    time = np.arange(int(0.03 * rate)) / rate
    for _ in range(int(45 * samples / rate)):
        drop = np.sin(2 * np.pi * float(rng.uniform(1500, 5000)) * time) * np.exp(-time * 220)
        _add(sound, float(rng.uniform(0, samples / rate)), rate, drop * float(rng.uniform(0.5, 3)), float(rng.random()))
    return _levelled(sound)


def street(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """A street: a deep hum and cars that rush past from one side to the other."""
    sound = 0.8 * noise(rng, samples, rate, 35, 160, 0.8)
    time = np.arange(samples) / rate
    rush = noise(rng, samples, rate, 150, 2200, 0.5)
    for at in np.arange(float(rng.uniform(0, 1)), samples / rate, 1.9):
        passing = np.exp(-(((time - at) / 0.45) ** 2)).astype(np.float32)
        side = np.clip(0.5 + (time - at) * float(rng.choice([-0.6, 0.6])), 0, 1).astype(np.float32)
        sound += 1.6 * passing * rush * np.stack([1 - side, side])
    return _levelled(sound)


def steps(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Somebody walks: a dull thud and a short scrape, twice a second."""
    sound = np.zeros((2, samples), np.float32)
    time = np.arange(int(0.16 * rate)) / rate
    for index, at in enumerate(np.arange(0.2, samples / rate, 0.52)):
        thud = np.sin(2 * np.pi * 75 * time) * np.exp(-time * 45)
        scrape = noise(rng, len(time), rate, 900, 5000)[0] * np.exp(-time * 60) * 0.4
        _add(
            sound, float(at + rng.normal(0, 0.012)), rate, (thud + scrape).astype(np.float32), 0.42 + 0.16 * (index % 2)
        )
    return _levelled(sound)


def birds(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Birds: phrases of quick chirps over a faint breeze."""
    sound = 0.05 * noise(rng, samples, rate, 200, 1500, 0.6)
    at = 0.2
    while at < samples / rate:
        centre, pan = float(rng.uniform(2300, 4800)), float(rng.random())
        for _ in range(int(rng.integers(2, 7))):
            length = float(rng.uniform(0.05, 0.13))
            time = np.arange(int(length * rate)) / rate
            sweep = centre * (1 + float(rng.uniform(-0.25, 0.25)) * time / length)
            chirp = np.sin(2 * np.pi * np.cumsum(sweep) / rate) * np.sin(np.pi * time / length) ** 2
            _add(sound, at, rate, chirp.astype(np.float32), pan)
            at += length * float(rng.uniform(1.1, 1.6))
        at += float(rng.uniform(0.3, 1.2))
    return _levelled(sound)


def crowd(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """A crowd: many voices at once, swelling into cheers."""
    sound = np.zeros((2, samples), np.float32)
    for _ in range(9):
        vowel = float(rng.uniform(350, 1500))
        voice = noise(rng, samples, rate, vowel * 0.8, vowel * 1.25)
        sound += drift(rng, samples, rate, 0.16) ** 2 * voice
    return _levelled(sound * (0.5 + drift(rng, samples, rate, 1.8)))


def thunder(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Thunder: a crack and a long rumble, every four seconds or so."""
    sound = np.zeros((2, samples), np.float32)
    time = np.arange(int(3.5 * rate)) / rate
    for at in np.arange(0.6, samples / rate, 4.2):
        rumble = (
            noise(rng, len(time), rate, 25, 140, 0.6)[0]
            * np.exp(-time * 1.1)
            * (0.4 + drift(rng, len(time), rate, 0.25))
        )
        crack = noise(rng, len(time), rate, 300, 5000)[0] * np.exp(-time * 14) * 0.5
        _add(
            sound,
            float(at + rng.normal(0, 0.3)),
            rate,
            (rumble + crack).astype(np.float32),
            float(rng.uniform(0.3, 0.7)),
        )
    return _levelled(sound)


def hops(rng: np.random.Generator, samples: int, rate: int) -> Sound:
    """Somebody round hops about: springy tones that slide upwards, and soft landings."""
    sound = np.zeros((2, samples), np.float32)
    time = np.arange(int(0.3 * rate)) / rate
    for at in np.arange(0.1, samples / rate, 0.43):
        pitch = float(rng.uniform(160, 300)) * (1 + 2.2 * (time / 0.3) ** 0.7)
        spring = np.sin(2 * np.pi * np.cumsum(pitch) / rate + 2 * np.sin(2 * np.pi * 26 * time)) * np.exp(-time * 11)
        _add(sound, float(at + rng.normal(0, 0.03)), rate, spring.astype(np.float32), float(rng.uniform(0.2, 0.8)))
    return _levelled(sound)


TEXTURES: dict[str, Texture] = {
    "waves": waves,
    "wind": wind,
    "rain": rain,
    "street": street,
    "steps": steps,
    "birds": birds,
    "crowd": crowd,
    "thunder": thunder,
    "hops": hops,
}
