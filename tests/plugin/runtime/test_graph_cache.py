"""Optimised graphs on disk: used where they pay, and of no harm where anything is wrong with them."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort

from plugin.paths import pack_dir
from plugin.runtime import graph_cache
from plugin.runtime.session import Graph

IDS = np.arange(3, 27).reshape(8, 3)


class Disk:
    """A graph that is worth a copy, the cache's folder, and what was loaded from where."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = folder / "text.onnx"
        shutil.copy(pack_dir() / "text.onnx", self.path)
        self.loaded: list[tuple[str, str]] = []
        monkeypatch.setenv("CUEFINDER_HOME", str(folder / "home"))
        for name, value in (("SMALLEST", 0), ("FLOOR", 0.0), ("GAIN", 1e9)):
            monkeypatch.setattr(graph_cache, name, value)
        real = onnxruntime.InferenceSession

        def session(model: str, options: onnxruntime.SessionOptions, **more: object) -> onnxruntime.InferenceSession:
            made = real(model, options, **more)
            self.loaded.append((Path(model).suffix, options.graph_optimization_level.name))
            return made

        monkeypatch.setattr(onnxruntime, "InferenceSession", session)

    @property
    def folder(self) -> Path:
        return graph_cache.cache_dir()

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.exists() else []

    def run(self) -> np.ndarray:
        self.loaded.clear()
        return Graph(self.path, "cpu", 1)(ids=IDS)[0]

    def used_copy(self) -> bool:
        return len(self.loaded) == 1 and self.loaded[0][1] == "ORT_DISABLE_ALL"


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def test_the_second_loading_is_of_the_copy_with_the_same_results(disk) -> None:
    first = disk.run()
    assert [path.suffix for path in disk.files] == [".onnx"] and len(disk.loaded) == 3
    assert np.array_equal(disk.run(), first) and disk.used_copy()
    assert [path for path, _ in graph_cache.copies()] == disk.files


def test_another_graph_at_the_same_place_is_not_taken_for_it(disk) -> None:
    first = disk.run()
    shutil.copy(pack_dir() / "video.onnx", disk.path)
    assert np.array_equal(Graph(pack_dir() / "text.onnx", "cpu", 1)(ids=IDS)[0], first)
    Graph(disk.path, "cpu", 1)
    assert len(disk.files) == 2


def test_another_version_or_processor_makes_its_own(disk, monkeypatch) -> None:
    disk.run()
    monkeypatch.setattr(graph_cache, "_machine", lambda: ("another",))
    disk.run()
    assert len(disk.files) == 2 and not disk.used_copy()


@pytest.mark.parametrize("damage", ["flipped", "short", "empty"])
def test_a_damaged_copy_is_made_anew(disk, damage) -> None:
    right = disk.run()
    (copy,) = disk.files
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 0x40
    copy.write_bytes({"flipped": bytes(content), "short": bytes(content[:1000]), "empty": b""}[damage])
    assert np.array_equal(disk.run(), right) and not disk.used_copy()
    assert np.array_equal(disk.run(), right) and disk.used_copy()


def test_a_copy_of_rubbish_with_the_right_checksum_is_made_anew(disk) -> None:
    right = disk.run()
    (copy,) = disk.files
    copy.unlink()
    made = copy.with_name("x.onnx")
    made.write_bytes(b"no graph")
    made.rename(copy.with_name(f"{copy.name.split('.')[0]}.{graph_cache._checksum(made)}.onnx"))
    assert np.array_equal(disk.run(), right)
    assert disk.files == [copy]


def test_a_cache_that_cannot_be_written_is_of_no_harm(disk) -> None:
    disk.folder.parent.mkdir(parents=True)
    disk.folder.write_text("a file in the place of the folder")
    right = disk.run()
    assert np.array_equal(disk.run(), right) and disk.folder.is_file()
    assert graph_cache.copies() == []


def test_a_copy_that_does_not_load_is_of_no_harm_and_not_tried_again(disk, monkeypatch) -> None:
    real = onnxruntime.InferenceSession

    def session(model: str, options: onnxruntime.SessionOptions, **more: object) -> onnxruntime.InferenceSession:
        if Path(model).parent == disk.folder:
            raise ort.Fail("no such operator")
        return real(model, options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    right = disk.run()
    assert [path.suffix for path in disk.files] == [".none"]
    assert np.array_equal(disk.run(), right) and [path for path, _ in disk.loaded] == [".onnx"]


@pytest.mark.parametrize("method", ["is_file", "mkdir", "glob", "replace"])
def test_a_folder_that_refuses_is_of_no_harm(disk, monkeypatch, method) -> None:
    right = disk.run()
    real = getattr(Path, method)

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        if disk.folder in (path, path.parent):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *arguments, **more)

    for file in disk.files:
        file.unlink()
    monkeypatch.setattr(Path, method, refuse)
    assert np.array_equal(disk.run(), right)
    monkeypatch.setattr(Path, method, real)
    assert disk.files == []


def test_a_copy_in_a_folder_that_can_only_be_read_is_used_and_kept(disk, monkeypatch) -> None:
    disk.run()

    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    disk.run()
    assert disk.used_copy() and len(disk.files) == 1


def test_other_options_have_their_own_copy(disk) -> None:
    disk.run()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    graph_cache.open_cached(disk.path, lambda file: onnxruntime.InferenceSession(str(file), options), options)
    assert len(disk.files) == 2
    assert options.optimized_model_filepath == ""
    assert options.graph_optimization_level == onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC


def test_what_a_killed_process_left_goes_after_a_day(disk) -> None:
    disk.folder.mkdir(parents=True)
    old, new = disk.folder / ".old.tmp", disk.folder / ".new.tmp"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    disk.run()
    assert not old.exists() and new.exists()


def test_what_does_not_pay_is_tried_once(disk, monkeypatch) -> None:
    monkeypatch.setattr(graph_cache, "GAIN", 0.0)
    disk.run()
    assert len(disk.loaded) == 3 and [path.suffix for path in disk.files] == [".none"]
    disk.run()
    assert len(disk.loaded) == 1 and [path.suffix for path in disk.files] == [".none"]


@pytest.mark.parametrize("limit", [("FLOOR", 1e9), ("SMALLEST", 1 << 30), ("LARGEST", 1000)])
def test_what_is_quick_or_small_or_huge_is_left_alone(disk, monkeypatch, limit) -> None:
    monkeypatch.setattr(graph_cache, *limit)
    disk.run()
    assert len(disk.loaded) == 1 and disk.files == []


def test_copies_that_were_used_longest_ago_go_first(disk, monkeypatch) -> None:
    disk.run()
    (first,) = disk.files
    os.utime(first, ns=(1, 1))
    monkeypatch.setattr(graph_cache, "MOST", first.stat().st_size + 1)
    monkeypatch.setattr(graph_cache, "_machine", lambda: ("another",))
    disk.run()
    assert len(disk.files) == 1 and disk.files != [first]
    disk.run()
    assert disk.used_copy()
