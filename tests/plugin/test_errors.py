import os
import pickle
from pathlib import Path

import pytest

from plugin import errors


def test_bad_input_exits_with_2_and_failures_with_1():
    assert errors.DecodeError("a.mp3", "empty file").exit_code == 2
    assert errors.PackError("no pack").exit_code == 2
    for kind in (errors.StoreError, errors.LockedError, errors.DeviceError, errors.CuefinderError):
        assert kind("x").exit_code == 1


def test_every_error_is_caught_as_the_base():
    family = (errors.InputError, errors.PackError, errors.StoreError, errors.LockedError, errors.DeviceError)
    assert all(issubclass(kind, errors.CuefinderError) for kind in family)


def test_decode_error_says_path_and_reason_and_crosses_processes():
    error = pickle.loads(pickle.dumps(errors.DecodeError(Path("song.mp3"), "the file is empty")))
    assert str(error) == "song.mp3: the file is empty"
    assert (error.path, error.reason) == (Path("song.mp3"), "the file is empty")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (b"a\nb.mp3", "a\\nb.mp3"),
        (b"caf\xe9.mp3", "caf\\xe9.mp3"),
        ("\u3000雨 👩‍🎤.mp3".encode(), "\u3000雨 👩‍🎤.mp3"),
    ],
)
def test_any_file_name_prints_as_one_line(name, line):
    text = str(errors.DecodeError(os.fsdecode(name), "bad")).encode("utf-8").decode()
    assert text == f"{line}: bad"
