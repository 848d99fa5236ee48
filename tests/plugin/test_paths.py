import os
import stat
from pathlib import Path

import pytest

from plugin import paths


def test_home_comes_from_the_environment(home):
    assert paths.data_dir() == home
    assert paths.library_path() == home / "library.db"


def test_home_defaults_to_the_platform_folder(monkeypatch):
    monkeypatch.delenv("CUEFINDER_HOME")
    assert paths.data_dir().is_absolute()
    assert paths.data_dir().name == "cuefinder"


def test_pack_comes_from_the_environment_or_ships_with_the_code(monkeypatch, tmp_path):
    monkeypatch.setenv("CUEFINDER_PACK", str(tmp_path))
    assert paths.pack_dir() == tmp_path
    monkeypatch.delenv("CUEFINDER_PACK")
    assert paths.pack_dir() == Path(paths.__file__).resolve().parents[1] / "models/packs/core"


def test_write_makes_folders_and_replaces_content(tmp_path):
    target = tmp_path / "new" / ("ü" * 120 + ".json")  # 245 bytes: the temporary name must not add to it
    paths.atomic_write(target, b"one")
    paths.atomic_write(target, b"two")
    assert target.read_bytes() == b"two"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="POSIX access bits")
def test_write_keeps_the_access_bits(tmp_path):
    target = tmp_path / "token"
    paths.atomic_write(target, b"one")
    assert stat.S_IMODE(target.stat().st_mode) & 0o600 == 0o600
    target.chmod(0o640)
    paths.atomic_write(target, b"two")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    target = tmp_path / "store"
    paths.atomic_write(target, b"old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        paths.atomic_write(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
