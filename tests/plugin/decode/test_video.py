"""Pictures at a steady rate: the right one, the right way up, in the right size."""

import numpy as np
import pytest
from media_maker import noise, write_media

from plugin.decode import still, video_frames
from plugin.errors import DecodeError, InputError


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Give 4 s of 25 pictures per second; the brightness of a picture is twice its number."""
    return write_media(
        tmp_path_factory.mktemp("film") / "film.mp4", noise(4)[None], video="mpeg4", codec="aac", fmt="fltp"
    )


def number(picture):
    """Tell which picture this is, from its lower right corner."""
    return float(picture[-6:, -6:].mean()) / 2


def sampled(path, fps, **how):
    return [(time, number(picture)) for time, picture in video_frames(path, fps, size=(64, 48), **how)]


@pytest.mark.parametrize("fps", [1, 2.5, 10, 25, 60])
def test_picture_is_the_one_shown_at_its_time(fps, film):
    found = sampled(film, fps)
    assert [time for time, _ in found] == pytest.approx(np.arange(round(4 * fps)) / fps)
    for time, index in found:
        assert index == pytest.approx(np.floor(time * 25 + 1e-6), abs=1.1)


@pytest.mark.parametrize("start", [0.1, 1.0, 2.71])
def test_range_gives_the_same_pictures_as_the_whole(start, film):
    part = sampled(film, 5, start=start, end=start + 1)
    assert [time for time, _ in part] == pytest.approx([start + step / 5 for step in range(5)])
    for time, index in part:
        assert index == pytest.approx(np.floor(time * 25 + 1e-6), abs=1.1)


@pytest.mark.parametrize("name", ["film.webm", "film.mkv", "film.mov", "film.avi"])
def test_other_containers_too(name, tmp_path):
    codec = "libvpx" if name.endswith("webm") else "mpeg4"
    path = write_media(tmp_path / name, None, video=codec, seconds=2)
    assert [index for _, index in sampled(path, 2)] == pytest.approx([0, 12, 25, 37], abs=1.5)


@pytest.mark.parametrize("size", [(64, 48), (20, 30), (224, 224)])
def test_size_is_width_and_height_and_colours_are_rgb(size, film):
    _, picture = next(video_frames(film, 1, size=size, start=2))
    assert (picture.dtype, picture.shape) == (np.uint8, (size[1], size[0], 3))
    assert picture.flags.c_contiguous
    assert picture[2, 2].min() > 240  # the white corner is upper left


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (270, (0, 1))])
def test_film_of_a_turned_phone_is_upright(rotation, corner, tmp_path):
    path = write_media(tmp_path / "a.mp4", None, video="mpeg4", rotation=rotation)
    _, picture = next(video_frames(path, 1, size=(40, 40)))
    brightness = picture.mean(2).reshape(2, 20, 2, 20).mean((1, 3))
    assert np.unravel_index(brightness.argmax(), (2, 2)) == corner


def test_film_whose_picture_starts_after_its_sound_shows_the_first_one_until_then(tmp_path):
    path = write_media(tmp_path / "a.mkv", noise(2)[None], codec="flac", video="mpeg4", late=-0.6)
    assert sampled(path, 5, end=1.2) == [
        (pytest.approx(step / 5), pytest.approx(max(0, 5 * (step - 3)), abs=1.1)) for step in range(6)
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"start": 9}, "no picture after 9 s: the file ends at 4 s"),
        ({"start": 1, "end": 9}, "the range ends at 9 s, the picture at 4 s"),
        ({"start": -1}, "start must be zero or more seconds"),
        ({"start": 2, "end": 1}, "must end after it starts"),
    ],
)
def test_range_outside_the_film_is_one_clear_line(how, words, film):
    with pytest.raises(InputError, match=words):
        sampled(film, 1, **how)


def test_senseless_rates_and_sizes_are_refused(film):
    with pytest.raises(InputError, match="frames per second must be positive"):
        next(video_frames(film, 0, size=(8, 8)))
    with pytest.raises(InputError, match="at least 1 x 1 pixels, not 0 x 8"):
        next(video_frames(film, 1, size=(0, 8)))


def test_sound_file_has_no_picture(tmp_path):
    path = write_media(tmp_path / "a.wav", noise(0.5)[None])
    with pytest.raises(DecodeError, match="no picture in it"):
        next(video_frames(path, 1, size=(8, 8)))


def test_real_film(shared_data):
    path = shared_data / "video" / "big_buck_bunny_0_30.webm"
    pictures = list(video_frames(path, 1, size=(32, 18), start=10, end=20))
    assert [time for time, _ in pictures] == list(range(10, 20))
    assert all(20 < picture.mean() < 235 for _, picture in pictures)


@pytest.mark.parametrize("time", [0.0, 0.5, 2.02, 3.97])
def test_still_is_the_picture_shown_at_its_time(time, film):
    assert number(still(film, time, (64, 48))) == pytest.approx(np.floor(time * 25 + 1e-6), abs=1.1)


def test_still_past_the_end_is_the_last_picture(film):
    assert number(still(film, 60.0, (64, 48))) == pytest.approx(99, abs=1.1)


def test_still_keeps_its_proportions(film):
    whole = still(film, 1.0, (1000, 1000))
    wide = still(film, 1.0, (40, 1000))
    high, width, _ = whole.shape
    assert max(whole.shape[:2]) == 1000
    assert wide.shape[1] == 40 and wide.shape[0] == pytest.approx(40 * high / width, abs=0.51)


def test_still_of_sound_alone_is_refused(tmp_path):
    path = write_media(tmp_path / "sound.wav", noise(1)[None])
    with pytest.raises(DecodeError, match="no picture"):
        still(path, 0.0, (64, 48))
