"""Tables of the prior in `plugin.synth.scenes.truth`: numbers chosen by hand, none of them measured.

Valence (unpleasant to pleasant) and energy (still to rushing) run from 0 to 1.
"""

from __future__ import annotations

from typing import NamedTuple


class PlacePrior(NamedTuple):
    """What a place alone suggests: its names, energy added, valence, and favoured moods and genres."""

    names: tuple[str, ...]
    energy: float
    valence: float
    moods: str
    genres: str


PLACE_PRIORS: dict[str, PlacePrior] = {
    "sea": PlacePrior(
        ("sea", "ocean", "sailing boat on the sea"), 0.0, 0.60, "calm peaceful dreamy relaxing nostalgic",
        "ambient new age classical chillout",
    ),
    "mountains": PlacePrior(
        ("mountain range", "snow-capped mountains", "mountain landscape"), 0.02, 0.60, "majestic epic hopeful peaceful",
        "orchestral soundtrack new age folk",
    ),
    "forest": PlacePrior(
        ("forest", "deer in the woods", "deep forest"), 0.0, 0.52, "mysterious peaceful dreamy gentle",
        "folk ambient soundtrack new age",
    ),
    "city": PlacePrior(
        ("city street", "city with cars and people", "downtown skyline"), 0.08, 0.50, "groovy energetic tense",
        "electronic hip hop jazz funk synthwave house",
    ),
    "desert": PlacePrior(
        ("desert", "camel caravan in the dunes", "sand dunes"), 0.0, 0.48, "mysterious majestic epic melancholic",
        "world soundtrack ambient",
    ),
    "snow field": PlacePrior(
        ("snow field", "snowy plain with a hut", "winter landscape"), -0.04, 0.57,
        "calm peaceful gentle nostalgic dreamy",
        "classical waltz new age ambient folk",
    ),
    "space": PlacePrior(
        ("spaceship in deep space", "planet among the stars", "view into outer space"), 0.04, 0.46,
        "mysterious epic dreamy majestic suspenseful", "ambient soundtrack synthwave electronic orchestral",
    ),
    "candle room": PlacePrior(
        ("room lit by candles", "candlelit room", "quiet room with books and candles"), -0.06, 0.58,
        "romantic warm gentle nostalgic emotional", "jazz classical soul bossa nova lo-fi",
    ),
    "road": PlacePrior(
        ("drive along a country road", "road seen from a moving car", "car journey"), 0.10, 0.58,
        "energetic uplifting hopeful groovy", "rock country pop blues synthwave punk",
    ),
    "party": PlacePrior(
        ("dancing crowd under coloured lights", "party", "concert crowd"), 0.22, 0.74,
        "energetic happy groovy uplifting",
        "dance house techno disco trance drum and bass",
    ),
    "meadow": PlacePrior(
        ("flower meadow with children", "green meadow", "children running through a meadow"), 0.04, 0.76,
        "happy cheerful playful gentle hopeful warm", "folk pop country classical",
    ),
    "storm sky": PlacePrior(
        ("storm over a plain", "thunderstorm", "lonely house under storm clouds"), 0.14, 0.36,
        "dramatic tense dark intense suspenseful", "orchestral soundtrack metal drum and bass",
    ),
    "underwater": PlacePrior(
        ("underwater world", "school of fish under water", "jellyfish in the deep"), -0.02, 0.58,
        "dreamy relaxing mysterious calm", "ambient chillout new age electronic",
    ),
    "fire": PlacePrior(
        ("camp fire", "people by a camp fire", "burning fire"), 0.0, 0.54, "warm nostalgic emotional intense",
        "folk world blues country reggae",
    ),
    "abstract": PlacePrior(
        ("abstract shapes", "moving coloured shapes", "geometric patterns"), 0.05, 0.52,
        "groovy energetic dreamy intense",
        "electronic techno house lo-fi trance",
    ),
    "cartoon": PlacePrior(
        ("cartoon creatures hopping", "cartoon characters in a candy-coloured land", "cartoon"), 0.08, 0.86,
        "playful funny cheerful happy", "swing latin pop funk march",
    ),
    "haunted house": PlacePrior(
        ("haunted house", "ghost by an old house", "graveyard with bats"), 0.04, 0.22,
        "scary suspenseful mysterious dark tense", "soundtrack orchestral waltz",
    ),
    "castle": PlacePrior(
        ("soldiers marching past a castle", "castle", "army before a castle"), 0.10, 0.56,
        "epic majestic triumphant dramatic", "march orchestral soundtrack folk",
    ),
    "park": PlacePrior(
        ("couple walking in a park", "autumn park", "park with falling leaves"), -0.03, 0.60,
        "romantic nostalgic gentle emotional warm sad", "jazz bossa nova waltz soul lo-fi",
    ),
}  # fmt: skip

#: Where the moods of the vocabulary lie: (valence, energy).
MOODS: dict[str, tuple[float, float]] = {
    "aggressive": (0.20, 0.95), "calm": (0.65, 0.15), "cheerful": (0.90, 0.62), "dark": (0.20, 0.42),
    "dramatic": (0.38, 0.75), "dreamy": (0.62, 0.24), "emotional": (0.45, 0.34), "energetic": (0.68, 0.90),
    "epic": (0.55, 0.84), "funny": (0.85, 0.60), "gentle": (0.70, 0.20), "groovy": (0.72, 0.64),
    "happy": (0.90, 0.56), "hopeful": (0.74, 0.42), "intense": (0.35, 0.90), "majestic": (0.62, 0.52),
    "melancholic": (0.27, 0.24), "mysterious": (0.36, 0.32), "nostalgic": (0.50, 0.28), "peaceful": (0.75, 0.12),
    "playful": (0.85, 0.56), "relaxing": (0.70, 0.18), "romantic": (0.68, 0.28), "sad": (0.18, 0.18),
    "scary": (0.10, 0.60), "suspenseful": (0.25, 0.52), "tense": (0.26, 0.70), "triumphant": (0.80, 0.84),
    "uplifting": (0.88, 0.70), "warm": (0.74, 0.32),
}  # fmt: skip

#: Moods that need a reason in the picture beyond valence and energy.
PARTICULAR = (
    "epic",
    "funny",
    "groovy",
    "majestic",
    "nostalgic",
    "playful",
    "romantic",
    "scary",
    "triumphant",
    "warm",
)

#: Where the genres of the vocabulary lie: (valence, energy).
GENRES: dict[str, tuple[float, float]] = {
    "ambient": (0.50, 0.12), "blues": (0.38, 0.38), "bossa nova": (0.75, 0.30), "chillout": (0.65, 0.25),
    "classical": (0.55, 0.32), "country": (0.70, 0.50), "dance": (0.80, 0.86), "disco": (0.85, 0.78),
    "drum and bass": (0.42, 0.94), "electronic": (0.48, 0.74), "folk": (0.65, 0.35), "funk": (0.78, 0.70),
    "hip hop": (0.48, 0.64), "house": (0.74, 0.80), "jazz": (0.60, 0.40), "latin": (0.85, 0.70),
    "lo-fi": (0.50, 0.24), "march": (0.62, 0.64), "metal": (0.18, 0.97), "new age": (0.66, 0.14),
    "orchestral": (0.48, 0.62), "pop": (0.80, 0.62), "punk": (0.52, 0.95), "reggae": (0.74, 0.44),
    "rock": (0.55, 0.84), "soul": (0.64, 0.38), "soundtrack": (0.36, 0.50), "swing": (0.82, 0.64),
    "synthwave": (0.50, 0.64), "techno": (0.40, 0.90), "trance": (0.64, 0.86), "waltz": (0.66, 0.36),
    "world": (0.54, 0.50),
}  # fmt: skip

#: Valence and energy that time, weather, camera and grade add, and the moods they favour.
SHIFTS: dict[str, tuple[float, float, str]] = {
    "dawn": (0.06, -0.01, "hopeful gentle peaceful"),
    "day": (0.08, 0.02, "happy cheerful"),
    "dusk": (0.0, -0.01, "romantic nostalgic warm"),
    "night": (-0.11, -0.01, "mysterious dark"),
    "clear": (0.02, 0.0, ""),
    "rain": (-0.13, 0.01, "melancholic sad nostalgic"),
    "snow": (0.0, -0.03, "peaceful calm"),
    "fog": (-0.12, -0.04, "mysterious suspenseful"),
    "storm": (-0.24, 0.12, "tense dramatic dark"),
    "still": (0.0, -0.02, "calm"),
    "slow pan": (0.01, 0.0, "gentle"),
    "fast pan": (0.0, 0.14, "energetic"),
    "handheld": (-0.05, 0.09, "tense suspenseful"),
    "zoom": (0.0, 0.04, "dramatic"),
    "neutral": (0.0, 0.0, ""),
    "warm": (0.08, 0.0, "warm nostalgic romantic"),
    "cold": (-0.09, 0.0, "melancholic tense"),
    "desaturated": (-0.09, -0.02, "sad melancholic dark"),
    "black and white": (-0.07, -0.02, "nostalgic dramatic"),
    "saturated": (0.06, 0.04, "playful happy"),
}
