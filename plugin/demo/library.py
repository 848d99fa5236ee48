"""The demo library: thirty pieces in as many styles, in the usual file formats, with titles of our own invention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from plugin.demo.encode import sound_suffixes, write_sound
from plugin.demo.film import FilmScene, make_film
from plugin.synth.arranger import arrange
from plugin.synth.render import render

RATE = 44_100


@dataclass(frozen=True)
class Recipe:
    """A piece of the library: style of `plugin.synth`, seed, seconds, and what its tags say."""

    style: str
    seed: int
    seconds: int
    title: str
    artist: str
    album: str


CATALOGUE = (
    Recipe("ambient_pad", 11, 58, "Low Tide Lullaby", "Marram Coast", "Tidal Hours"),
    Recipe("new_age", 12, 54, "Lanterns on the Water", "Marram Coast", "Tidal Hours"),
    Recipe("chillout", 13, 52, "Salt on the Railing", "Ines Quayle", "Slow Ferry"),
    Recipe("dark_ambient", 14, 54, "Under the Floorboards", "Hollow Elm", "Cellar Songs"),
    Recipe("horror", 15, 50, "The Nursery Door", "Hollow Elm", "Cellar Songs"),
    Recipe("orchestral_suspense", 16, 52, "Footprints End Here", "Orrin Vale Orchestra", "Cold Case"),
    Recipe("documentary_pulse", 17, 50, "Evidence Room", "Orrin Vale Orchestra", "Cold Case"),
    Recipe("orchestral_epic", 18, 54, "The Ridge Before Sunrise", "Northwall Philharmonic", "High Country"),
    Recipe("heroic_brass", 19, 48, "Banners over Tarn", "Northwall Philharmonic", "High Country"),
    Recipe("wonder", 20, 50, "First Light on the Pass", "Astrid Fenwick", "Maps for Climbers"),
    Recipe("romantic_strings", 21, 56, "Umbrella for Two", "Astrid Fenwick", "October Park"),
    Recipe("piano_ballad", 22, 54, "Your Coat on the Chair", "Theo Marlin", "Unsent"),
    Recipe("string_quartet", 23, 52, "Quartet for Empty Rooms", "Linden Quartet", "Winter Light"),
    Recipe("waltz", 24, 48, "Confectioner's Waltz", "Linden Quartet", "Winter Light"),
    Recipe("comedy", 25, 46, "The Goose Has the Keys", "Pip and the Buttons", "Mischief Hour"),
    Recipe("polka", 26, 46, "Runaway Wheelbarrow", "Pip and the Buttons", "Mischief Hour"),
    Recipe("ragtime", 27, 48, "Custard Pie Parade", "Gus Tillery", "Nickel Piano"),
    Recipe("swing_trio", 28, 50, "Last Tram to Harlow Street", "Gus Tillery", "Blue Awning"),
    Recipe("bossa_nova", 29, 50, "Sugar and Shade", "Lua Serrana", "Varanda"),
    Recipe("samba", 30, 46, "Barefoot Parade", "Lua Serrana", "Varanda"),
    Recipe("lofi", 31, 50, "Rain on Floor Nine", "Ines Quayle", "Slow Ferry"),
    Recipe("synthwave", 32, 52, "Chrome Horizon", "Vector Nine", "Night Drive"),
    Recipe("techno", 33, 50, "Pursuit Protocol", "Vector Nine", "Night Drive"),
    Recipe("drum_and_bass", 34, 48, "Rooftop Runner", "Kilo Static", "Redline"),
    Recipe("house", 35, 52, "Hands in the Mirrorlight", "Kilo Static", "Open Floor"),
    Recipe("disco", 36, 48, "Glitter Tax", "The Satin Levers", "Roller Heat"),
    Recipe("rock", 37, 48, "Gravel and Gold", "Weather Permit", "County Line"),
    Recipe("metal", 38, 46, "Anvil Season", "Weather Permit", "Ironmouth"),
    Recipe("folk_guitar", 39, 50, "Fence Post Letters", "Hazel Wren", "Kettle and Thread"),
    Recipe("celtic", 40, 48, "Thistle Jig", "Hazel Wren", "Kettle and Thread"),
)


def library_files(folder: Path, recipes: Sequence[Recipe] = CATALOGUE) -> list[tuple[Path, Recipe]]:
    """Name the file of each piece: the formats that this machine can write take turns."""
    suffixes = sound_suffixes()
    return [
        (folder / recipe.artist / f"{recipe.title}{suffixes[index % len(suffixes)]}", recipe)
        for index, recipe in enumerate(recipes)
    ]


def make_track(path: Path, recipe: Recipe) -> None:
    """Arrange, render and write one piece."""
    sound = render(arrange(recipe.style, recipe.seed, recipe.seconds), rate=RATE, seed=recipe.seed)
    tags = {"title": recipe.title, "artist": recipe.artist, "album": recipe.album}
    write_sound(path, sound, RATE, tags)


def make_media(
    music: Path,
    film: Path,
    *,
    recipes: Sequence[Recipe] | None = None,
    scenes: Sequence[FilmScene] | None = None,
    workers: int = 2,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Make the library and the film side by side; a file that is there is complete and is kept.

    Parameters
    ----------
    music : pathlib.Path
        Folder of the library.
    film : pathlib.Path
    recipes : sequence of Recipe, optional
        `CATALOGUE` unless given.
    scenes : sequence of FilmScene, optional
        Those of `film_scenes` unless given.
    workers : int
        Processes.
    on_progress : callable
        Told how many of how many files are there.

    Returns
    -------
    list of pathlib.Path
        The music files.

    Raises
    ------
    CuefinderError
        A file cannot be encoded or rendered; those that are done stay.
    """
    files = library_files(music, CATALOGUE if recipes is None else recipes)
    missing = [(path, recipe) for path, recipe in files if not path.exists()]
    total = len(files) + 1
    done = total - len(missing) - (not film.exists())
    on_progress(done, total)
    if done == total:
        return [path for path, _ in files]
    # Processes start afresh: a fork would copy locks that other threads hold.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            jobs = [] if film.exists() else [pool.submit(make_film, film, scenes)]
            jobs += [pool.submit(make_track, path, recipe) for path, recipe in missing]
            for job in as_completed(jobs):
                job.result()
                done += 1
                on_progress(done, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [path for path, _ in files]
