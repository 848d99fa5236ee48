"""Shapes cover what they should, and layers slide and wrap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.noise import jagged_curve, periodic_curve, texture

WHITE, RED = (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)


def area(canvas: Canvas) -> float:
    """Painted area in square frame heights."""
    return float(canvas.pixels[:, :, 0].sum()) / canvas.unit**2


@pytest.mark.parametrize("size", [60, 240])
def test_shapes_have_their_areas_at_any_size(size: int) -> None:
    def drawn(shape: str, *values: object) -> float:
        canvas = Canvas(2 * size, size)
        getattr(canvas, shape)(*values, WHITE)
        return area(canvas)

    assert drawn("disc", 0.9, 0.5, 0.3) == pytest.approx(math.pi * 0.09, rel=0.02)
    assert drawn("ellipse", 0.9, 0.5, 0.6, 0.3) == pytest.approx(math.pi * 0.18, rel=0.03)
    assert drawn("box", 0.2, 0.1, 1.0, 0.6) == pytest.approx(0.4, rel=0.02)
    triangle = [(0.2, 0.9), (1.2, 0.9), (0.7, 0.1)]
    assert drawn("polygon", triangle) == pytest.approx(0.4, rel=0.02)
    assert drawn("polygon", triangle[::-1]) == pytest.approx(0.4, rel=0.02)
    assert drawn("line", 0.3, 0.5, 1.3, 0.5, 0.1) == pytest.approx(0.1 + math.pi * 0.0025, rel=0.05)


def test_shapes_outside_the_canvas_leave_it_alone() -> None:
    canvas = Canvas(40, 40)
    canvas.disc(-1.0, 0.5, 0.3, WHITE)
    canvas.line(2.0, 0.0, 2.0, 1.0, 0.1, WHITE)
    canvas.dots(np.array([-0.5, 3.0]), np.array([0.5, 0.5]), 0.02, WHITE)
    canvas.below(np.full(40, 1.5, np.float32), WHITE)
    assert not canvas.pixels.any()


def test_below_paints_under_the_line_only() -> None:
    canvas = Canvas(40, 40)
    canvas.below(np.linspace(0.25, 0.75, 40, dtype=np.float32), WHITE)
    assert canvas.pixels[:9].max() == 0
    assert canvas.pixels[31:].min() == 1
    assert area(canvas) == pytest.approx(0.5, rel=0.03)


def test_a_wrapping_layer_joins_its_edges() -> None:
    paper = Canvas(60, 40, 40, layer=True, wrap=True)
    paper.disc(0.0, 0.5, 0.2, RED)
    assert np.allclose(paper.pixels[:, :10], paper.pixels[:, -10:][:, ::-1], atol=1e-5)
    assert float(paper.pixels[:, :, 3].sum()) / 40**2 == pytest.approx(math.pi * 0.04, rel=0.03)


def test_a_layer_slides_by_parts_of_a_pixel_and_comes_round() -> None:
    paper = Canvas(60, 40, 40, layer=True, wrap=True)
    paper.box(0.5, 0.2, 0.9, 0.8, RED)
    layer = Layer(paper, 40)

    def seen(dx: float) -> np.ndarray:
        target = Canvas(40, 40)
        layer.draw(target, dx)
        return target.pixels[20, :, 0]

    def centre(row: np.ndarray) -> float:
        return float((row * np.arange(40)).sum() / row.sum() / 40)

    assert centre(seen(0.0)) - centre(seen(0.1)) == pytest.approx(0.1, abs=0.002)
    assert centre(seen(0.0)) - centre(seen(0.1 + 0.4 / 40)) == pytest.approx(0.11, abs=0.002)
    assert np.allclose(seen(0.1), seen(0.1 + 1.5))


def test_an_opaque_layer_hides_what_is_behind_and_a_sheer_one_shows_it() -> None:
    paper = Canvas(40, 40, 40, layer=True)
    paper.fill(RED)
    layer = Layer(paper, 40)
    for opacity, green in ((1.0, 0.0), (0.25, 0.75)):
        target = Canvas(40, 40)
        target.fill((0.0, 1.0, 0.0))
        layer.draw(target, opacity=opacity)
        assert target.pixels[5, 5].tolist() == pytest.approx([1 - green, green, 0.0])


def test_a_falling_layer_wraps_from_bottom_to_top() -> None:
    tile = Canvas(40, 40, layer=True, wrap=True)
    tile.box(0.0, 0.0, 1.0, 0.1, RED)
    layer = Layer(tile, 40, fall=True)
    target = Canvas(40, 40)
    layer.draw(target, 0.0, -0.25)  # a quarter further down
    assert target.pixels[10:14].min() == pytest.approx(0.0)
    assert target.pixels[11, :, 0].min() == pytest.approx(1.0)
    assert target.pixels[:9].max() == target.pixels[16:].max() == 0


def test_noise_is_periodic_and_fills_its_range() -> None:
    rng = np.random.default_rng(3)
    for curve in (periodic_curve(rng, 300), jagged_curve(rng, 300)):
        assert (curve.min(), curve.max()) == pytest.approx((-1, 1))
        assert abs(curve[0] - curve[-1]) < 3 * np.abs(np.diff(curve)).max()
    field = texture(rng, 64, 96, (3, 5))
    assert (field.min(), field.max()) == pytest.approx((0, 1))
    steps = np.abs(np.diff(field, axis=1)).max()
    assert np.abs(field[:, 0] - field[:, -1]).max() <= 1.5 * steps
