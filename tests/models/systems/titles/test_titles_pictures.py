from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from titles_toys import write_picture

from models.systems.titles.pictures import crop, read_picture, tiles
from plugin.errors import DecodeError


def numbered(height: int, width: int) -> np.ndarray:
    """A picture in which every pixel tells its place."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows * 0 + 7], axis=-1).astype(np.uint8)


def test_png_and_jpeg_are_read(tmp_path: Path) -> None:
    picture = numbered(40, 60)
    write_picture(tmp_path / "a.png", picture)
    assert_array_equal(read_picture(tmp_path / "a.png"), picture)
    plain = np.full((40, 60, 3), (200, 100, 50), np.uint8)
    write_picture(tmp_path / "100%.jpg", plain)
    assert_allclose(read_picture(tmp_path / "100%.jpg").astype(int), plain.astype(int), atol=6)


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "sound", "folder", "cut.png", "cut.jpg"])
def test_what_is_no_whole_picture_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / (kind if kind.startswith("cut") else "picture.jpg")
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("<html>404 not found</html>" * 50)
    elif kind == "sound":
        path.write_bytes(b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00" + b"\x01\x00\x01\x00" * 600)
    elif kind == "folder":
        path.mkdir()
    elif kind.startswith("cut"):
        noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
        write_picture(path, noise)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(DecodeError) as caught:
        read_picture(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_centre_is_taken_without_a_generator() -> None:
    assert_array_equal(crop(numbered(100, 120), 64, None), numbered(100, 120)[18:82, 28:92])


def test_random_crops_come_from_everywhere_mirrored_half_the_time_and_again_from_the_same_seed() -> None:
    picture = numbered(70, 74)
    rng = np.random.default_rng(0)
    cuts = [crop(picture, 64, rng) for _ in range(300)]
    assert all(cut.shape == (64, 64, 3) for cut in cuts)
    assert {int(cut[0, 0, 0]) for cut in cuts} == set(range(7))
    mirrored = [int(cut[0, 0, 1]) > int(cut[0, 1, 1]) for cut in cuts]
    assert 100 < sum(mirrored) < 200
    assert {int(cut[0].min(axis=0)[1]) for cut in cuts} == set(range(11))
    assert_array_equal(crop(picture, 64, np.random.default_rng(3)), crop(picture, 64, np.random.default_rng(3)))


def test_a_small_picture_is_enlarged() -> None:
    cut = crop(np.full((20, 50, 3), 90, np.uint8), 64, None)
    assert cut.shape == (64, 64, 3)
    assert abs(int(cut.mean()) - 90) <= 1


@pytest.mark.parametrize(("side", "count"), [(32, 64), (64, 16), (128, 4), (256, 1)])
def test_tiles_of_the_papers_sizes(side: int, count: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (3, 256, 256))
    cut = tiles(image, side)
    assert cut.shape == (count, 3, side, side)
    across = 256 // side
    for number in (0, count // 2, count - 1):
        top, left = number // across * side, number % across * side
        assert_array_equal(cut[number], image[:, top : top + side, left : left + side])


def test_what_fills_no_tile_is_left_out() -> None:
    assert tiles(np.zeros((1, 64, 100)), 32).shape == (6, 1, 32, 32)
