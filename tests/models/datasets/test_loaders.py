"""One suite over all loaders: what each promises of a good data set and of a damaged one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from trees import TREES, Tree

from models.datasets.base import SPLITS, DataSet, Record
from models.datasets.registry import NAMES, find
from models.errors import DatasetError

WITH_TABLE = [tree for tree in TREES if tree.table]
OF_LINES = [tree for tree in WITH_TABLE if tree.table != "vocabulary.csv" and not tree.table.endswith(".json")]
"""Trees whose table has a line for each record."""
WITH_COLUMNS = [tree for tree in WITH_TABLE if tree.column]
WITH_MEDIA = [tree for tree in TREES if tree.media]
each = pytest.mark.parametrize


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Tree], DataSet]:
    """Write a tree and open it."""

    def write(tree: Tree) -> DataSet:
        root = tmp_path / "data"
        root.mkdir()
        tree.write(root)
        return reopen(tree, root)

    return write


def reopen(tree: Tree, root: Path) -> DataSet:
    return find(tree.loader)(root, **tree.options)  # type: ignore[call-arg]


def plain(record: Record) -> dict[str, object]:
    """Give a record as values that compare."""
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return values | {"features": {name: array.tolist() for name, array in record.features.items()}}


def everything(data: DataSet) -> dict[str, dict[str, object]]:
    """Give all records by key, with their splits."""
    found = {}
    for split in SPLITS:
        for record in data.records(split):
            assert record.key not in found, "keys are unique"
            found[record.key] = plain(record) | {"split": split}
    return found


def problems(data: DataSet) -> str:
    return "\n".join(data.validate().problems)


def test_every_loader_has_a_tree() -> None:
    assert {tree.loader for tree in TREES} == set(NAMES)
    for name in NAMES:
        assert find(name).name == name
        assert len(find(name).download) > 40


@each("tree", TREES, ids=str)
def test_a_good_tree_has_no_problems(tree: Tree, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    report = data.validate()
    assert list(report.problems) == []
    assert not report.fatal
    assert tuple(report.counts[split] for split in SPLITS) == tree.counts
    assert tuple(len(data.records(split)) for split in SPLITS) == tree.counts


@each("tree", TREES, ids=str)
def test_records_are_stable_and_their_files_exist(tree: Tree, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    first = everything(data)
    assert everything(data) == first
    assert everything(reopen(tree, data.root)) == first
    orders = [[record.key for record in reopen(tree, data.root).records("train")] for _ in range(2)]
    assert orders[0] == orders[1]
    groups: dict[object, object] = {}
    for record in first.values():
        assert groups.setdefault(record["group"] or record["key"], record["split"]) == record["split"]
        media = [record[kind] for kind in ("audio", "image", "video") if record[kind] is not None]
        assert all(isinstance(path, Path) and path.is_file() for path in media)
        assert media or record["features"] or record["texts"]
    travelled = pickle.loads(pickle.dumps(data.records("train")))
    assert [plain(record) for record in travelled] == [plain(record) for record in data.records("train")]


@each("tree", WITH_MEDIA, ids=str)
@each("how", ["missing", "empty"])
def test_a_record_without_its_file_is_named_and_left_out(tree: Tree, how: str, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    before = everything(data)
    path = data.root / tree.media
    path.unlink()
    if how == "empty":
        path.touch()
    report = data.validate()
    after = everything(data)
    assert len(after) == len(before) - tree.lost
    assert {key: before[key] for key in after} == after, "the other records stay as they are"
    assert sum(report.counts[split] for split in SPLITS) == len(after)
    assert not report.fatal
    if tree.missing_is or how == "empty":
        (line,) = [line for line in report.problems if path.stem in line and ("missing" in line or "empty" in line)]
        assert f": {1 if 'empty' in line else tree.lost}: " in line
    elif tree.loader == "conceptual_captions":
        assert report.counts["rows without an image"] == 1
        assert not report.problems


@each("tree", WITH_TABLE, ids=str)
@each("how", ["missing", "empty", "folder"])
def test_without_its_table_nothing_can_be_trained(tree: Tree, how: str, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    table = data.root / tree.table
    table.unlink()
    if how == "empty":
        table.touch()
    if how == "folder":
        table.mkdir()
    report = data.validate()
    assert report.fatal
    assert table.name in report.problems[-1]
    assert len(report.problems[-1].splitlines()) == 1
    with pytest.raises(DatasetError, match=table.name.replace(".", r"\.")):
        data.records("train")


@each("tree", WITH_COLUMNS, ids=str)
def test_a_missing_column_is_named_with_those_found(tree: Tree, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    table = data.root / tree.table
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    header = 1 if tree.headers == 3 else 0
    names = lines[header].rstrip("\n").split(",")
    lines[header] = ",".join("other" if name == tree.column else name for name in names) + "\n"
    table.write_text("".join(lines), encoding="utf-8")
    report = data.validate()
    assert report.fatal
    assert f"{tree.column} (found: " in report.problems[-1]
    assert "other" in report.problems[-1]
    with pytest.raises(DatasetError, match="columns missing"):
        data.records("train")


@each("tree", WITH_COLUMNS, ids=str)
def test_a_table_of_a_header_alone_is_fatal(tree: Tree, make: Callable[[Tree], DataSet]) -> None:
    data = make(tree)
    table = data.root / tree.table
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines[: tree.headers]), encoding="utf-8")
    report = data.validate()
    assert report.fatal
    assert report.problems[-1].endswith("the table has no rows")


@each("tree", OF_LINES, ids=str)
@each(
    "spoil",
    [
        lambda line: b"\xe9" + line,
        lambda line: b"nonsense",
        lambda line: line[: len(line) // 3],
        lambda line: b"{]\x00",
    ],
    ids=["latin-1", "nonsense", "cut", "control"],
)
def test_a_broken_line_is_named_by_number_and_left_out(
    tree: Tree, spoil: Callable[[bytes], bytes], make: Callable[[Tree], DataSet]
) -> None:
    data = make(tree)
    before = everything(data)
    table = data.root / tree.table
    lines = table.read_bytes().splitlines(keepends=True)
    lines[-1] = spoil(lines[-1].rstrip(b"\n")) + b"\n"
    table.write_bytes(b"".join(lines))
    report = data.validate()
    after = everything(data)
    assert not report.fatal
    (named,) = [line for line in report.problems if table.name in line]
    assert f"line {len(lines)} (" in named
    assert len(after) == len(before) - 1
    # Where works are dealt out to folds, one work fewer may move others; everywhere else nothing moves.
    assert all({**after[key], "split": ""} == {**before[key], "split": ""} for key in after)
    if tree.loader != "synaesthesia":
        assert {key: before[key] for key in after} == after


@each("tree", WITH_TABLE, ids=str)
@each("encoding", ["utf-8-sig", "utf-16", "crlf"])
def test_what_spreadsheets_do_to_a_table_changes_nothing(
    tree: Tree, encoding: str, make: Callable[[Tree], DataSet]
) -> None:
    data = make(tree)
    before = everything(data)
    table = data.root / tree.table
    text = table.read_text(encoding="utf-8")
    if encoding == "crlf":
        table.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        table.write_text(text, encoding=encoding)
    assert problems(data) == ""
    assert everything(data) == before


@each("tree", TREES, ids=str)
def test_a_missing_folder_tells_what_to_download(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        reopen(tree, tmp_path / "none")
    assert str(tmp_path / "none") in str(error.value)
    assert find(tree.loader).download in str(error.value)


@each("tree", TREES, ids=str)
def test_an_empty_folder_is_reported_and_not_raised(tree: Tree, tmp_path: Path) -> None:
    report = reopen(tree, tmp_path).validate()
    assert report.fatal
    assert report.problems
    assert not any(report.counts[split] for split in SPLITS)
