from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from models.errors import DatasetError
from models.systems.settings import TrainSettings
from models.trainer.features import FeatureStore, fingerprint, quiet, write_atomic
from plugin.errors import DecodeError

KEYS = [f"piece {index}" for index in range(7)]


def array(key: str) -> np.ndarray:
    index = int(key.split()[1])
    return np.random.default_rng(index).normal(size=(index, 3)).astype(np.float32)  # the first has no rows


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 0), (np.float16, 2e-3), (np.int8, 1 / 127)])
def test_arrays_come_back_in_their_precision(tmp_path: Path, dtype: type, tolerance: float) -> None:
    store = FeatureStore.build(tmp_path / "store", KEYS, array, dtype=dtype)
    assert list(store) == KEYS
    assert len(store) == 7
    for key in KEYS:
        wanted = array(key)
        assert store[key].shape == store.shape(key) == wanted.shape
        np.testing.assert_allclose(store[key], wanted, atol=tolerance * max(1, np.abs(wanted).max(initial=0)))
    assert store.nbytes == sum(array(key).size for key in KEYS) * np.dtype(dtype).itemsize


def test_int8_quantises_each_array_by_its_own_largest_value(tmp_path: Path) -> None:
    values = {"loud": np.array([1000.0, -500.0]), "quiet": np.array([1e-3, 5e-4]), "silent": np.zeros(2)}
    store = FeatureStore.build(tmp_path / "s", list(values), values.__getitem__, dtype="int8")
    for key, wanted in values.items():
        np.testing.assert_allclose(store[key], wanted, rtol=0.01)
        assert store[key].dtype == np.float32


def test_float_arrays_are_views_of_the_file(tmp_path: Path) -> None:
    store = FeatureStore.build(tmp_path / "store", KEYS, array)
    assert isinstance(store["piece 3"], np.memmap)
    assert not store["piece 3"].flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        store["piece 3"][0] = 1


def test_a_cut_build_goes_on_where_it_stood(tmp_path: Path) -> None:
    made: list[str] = []

    def cut(key: str) -> np.ndarray:
        if key == KEYS[4]:
            raise KeyboardInterrupt
        made.append(key)
        return array(key)

    with pytest.raises(KeyboardInterrupt):
        FeatureStore.build(tmp_path / "store", KEYS, cut)
    assert made == KEYS[:4]
    with (tmp_path / "store" / "data.bin").open("ab") as file:
        file.write(b"half an array")  # what a killed process leaves behind its last index
    rest: list[str] = []
    store = FeatureStore.build(tmp_path / "store", KEYS, lambda key: rest.append(key) or array(key))
    assert rest == KEYS[4:]
    for key in KEYS:
        np.testing.assert_array_equal(store[key], array(key).astype(np.float16))


def test_a_store_grows_and_shows_what_was_asked_for(tmp_path: Path) -> None:
    train = FeatureStore.build(tmp_path / "store", KEYS[:3], array)
    valid = FeatureStore.build(tmp_path / "store", KEYS[2:5], array)
    assert list(valid) == KEYS[2:5]
    assert KEYS[0] not in valid
    np.testing.assert_array_equal(train[KEYS[2]], valid[KEYS[2]])
    assert list(FeatureStore(tmp_path / "store")) == KEYS[:5]


def test_what_cannot_be_made_is_left_out_and_named(tmp_path: Path) -> None:
    def make(key: str) -> np.ndarray:
        if key == KEYS[2]:
            raise DecodeError("a.mp3", "no sound in it")
        return np.full(2, {KEYS[3]: np.nan, KEYS[4]: 1e6}.get(key, 1.0))

    store = FeatureStore.build(tmp_path / "store", KEYS, make)
    assert store.failed == {
        KEYS[2]: "a.mp3: no sound in it",
        KEYS[3]: "features that are not finite",
        KEYS[4]: "features beyond the range of float16",
    }
    assert list(store) == KEYS[:2] + KEYS[5:]


def test_a_store_with_nothing_in_it(tmp_path: Path) -> None:
    store = FeatureStore.build(tmp_path / "store", [], array)
    assert list(store) == []
    with pytest.raises(KeyError):
        store["piece 1"]


def test_a_pickled_store_opens_the_file_again(tmp_path: Path) -> None:
    store = FeatureStore.build(tmp_path / "store", ["big"], lambda key: np.ones((1000, 100)))
    data = pickle.dumps(store)
    assert len(data) < 2000
    assert pickle.loads(data)["big"].sum(dtype=np.float64) == 100_000


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": 1}', '{"format": 9, "dtype": "int8", "arrays": {}}'])
def test_a_damaged_index_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    FeatureStore.build(tmp_path / "store", KEYS, array)
    (tmp_path / "store" / "index.json").write_text(damage)
    for use in (lambda: FeatureStore(tmp_path / "store"), lambda: FeatureStore.build(tmp_path / "store", KEYS, array)):
        with pytest.raises(DatasetError, match=r"index\.json: damaged features; delete .*store to make them again"):
            use()


def test_a_file_cut_short_is_one_clear_line(tmp_path: Path) -> None:
    FeatureStore.build(tmp_path / "store", KEYS, array)
    data = tmp_path / "store" / "data.bin"
    data.write_bytes(data.read_bytes()[:-2])
    for use in (lambda: FeatureStore(tmp_path / "store"), lambda: FeatureStore.build(tmp_path / "store", KEYS, array)):
        with pytest.raises(DatasetError, match="bytes where the index tells of 126: damaged features; delete"):
            use()


def test_no_store_and_another_dtype_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no features there"):
        FeatureStore(tmp_path / "none")
    FeatureStore.build(tmp_path / "store", KEYS, array)
    with pytest.raises(DatasetError, match="dtype float16, int8 is wanted"):
        FeatureStore.build(tmp_path / "store", KEYS, array, dtype="int8")


def test_the_index_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.json"
    write_atomic(path, b"old")

    def fail(number: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["index.json"]


def test_two_builders_at_once_share_the_work(tmp_path: Path) -> None:
    made: list[str] = []
    stores: list[FeatureStore] = []
    threads = [
        threading.Thread(
            target=lambda: stores.append(
                FeatureStore.build(tmp_path / "store", KEYS, lambda key: made.append(key) or array(key))
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == KEYS
    assert all(list(store) == KEYS for store in stores)


STREAM = """
import resource, sys
import numpy as np
from pathlib import Path
from models.trainer.features import FeatureStore

used = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData")) * 1024
limit = used + (48 << 20)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
path = Path(sys.argv[1])
keys = [str(index) for index in range(48)]
store = FeatureStore.build(path, keys, lambda key: np.full((2048, 512), int(key)), dtype=np.float32)  # 4 MiB each
assert store.nbytes == 192 << 20
rng = np.random.default_rng(0)
for _ in range(2):
    for key in rng.permutation(keys):
        assert float(store[key].mean(dtype=np.float64)) == int(key)
try:
    np.fromfile(path / "data.bin", np.float32)
except MemoryError:
    print("streamed")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's account of memory")
def test_data_larger_than_memory_streams(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(tmp_path / "store")], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "streamed\n", done.stderr


def test_a_bar_is_shown_on_wish_and_never_where_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FeatureStore.build(tmp_path / "a", KEYS, array, progress="spectrograms")
    assert "spectrograms: 100%" in capsys.readouterr().err
    with quiet():
        FeatureStore.build(tmp_path / "b", KEYS, array, progress="spectrograms")
    FeatureStore.build(tmp_path / "c", KEYS, array)
    assert capsys.readouterr().err == ""


def test_reading_features_needs_no_torch() -> None:
    code = "import sys, models.trainer.features; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True)


def test_fingerprints_tell_parts_apart() -> None:
    parts = [
        ("ab", "c"), ("a", "bc"), (["ab", "c"],), (b"ab", "c"), (1,), (1.0,), (True,), ("1",), (None,), ({"a": 1},),
        ({"a": 2},), (np.zeros(2),), (np.zeros(2, int),), (np.zeros((2, 1)),), (Path("1"),), (TrainSettings(),),
        (TrainSettings(batch=2),),
    ]  # fmt: skip
    prints = [fingerprint(*part) for part in parts]
    assert len(set(prints)) == len(parts)
    assert prints == [fingerprint(*part) for part in parts]
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    with pytest.raises(TypeError, match="fingerprint of a object"):
        fingerprint(object())


def test_fingerprints_are_the_same_in_every_process() -> None:
    code = "from models.trainer.features import fingerprint; print(fingerprint('a', {'b': [1, 2.5, None]}))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[3],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {fingerprint("a", {"b": [1, 2.5, None]})}


def test_the_index_is_plain_json(tmp_path: Path) -> None:
    FeatureStore.build(tmp_path / "store", KEYS[:3], array)
    index = json.loads((tmp_path / "store" / "index.json").read_text())
    assert index["arrays"] == {"piece 0": [0, [0, 3], 1.0], "piece 1": [0, [1, 3], 1.0], "piece 2": [3, [2, 3], 1.0]}
