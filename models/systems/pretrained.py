"""Published weights: loaded when a system is made, left out when a checkpoint's weights follow anyway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_wanted: ContextVar[bool] = ContextVar("pretrained weights wanted", default=True)


def weights_wanted() -> bool:
    """Whether `Recipe.build` should load published weights; if not, random ones of the same shapes will do."""
    return _wanted.get()


@contextmanager
def weights_follow() -> Iterator[None]:
    """Build systems whose weights are overwritten right after, so that a checkpoint needs nothing beside itself."""
    token = _wanted.set(False)
    try:
        yield
    finally:
        _wanted.reset(token)
