from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from panel_fakes import suggestions
from PyQt6.QtCore import QPersistentModelIndex, Qt

from gui.models.query import QueryDraft
from gui.models.results import COLUMNS, ResultList
from gui.results_table import ResultsTableModel
from plugin.errors import InputError

NUMBER = {column.name: number for number, column in enumerate(COLUMNS)}


def titles(model: ResultsTableModel) -> list[str]:
    return [model.index(row, NUMBER["title"]).data() for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("column", "descending", "expected"),
    [
        ("rank", False, ["Paper Boats", "harbour", "Untitled", "Glass <b>"]),
        ("title", False, ["Glass <b>", "harbour", "Paper Boats", "Untitled"]),
        ("tempo", False, ["Paper Boats", "Glass <b>", "harbour", "Untitled"]),
        ("tempo", True, ["harbour", "Glass <b>", "Paper Boats", "Untitled"]),
        ("artist", True, ["harbour", "Paper Boats", "Glass <b>", "Untitled"]),
        ("key", False, ["Paper Boats", "Glass <b>", "harbour", "Untitled"]),
    ],
)
def test_sorting_puts_unknown_values_last(qtmodeltester, column, descending, expected) -> None:
    model = ResultsTableModel(ResultList())
    model.replace(suggestions("text"))
    held = QPersistentModelIndex(model.index(1, NUMBER["title"]))
    order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
    model.sort(NUMBER[column], order)
    assert titles(model) == expected
    assert held.data() == "harbour"  # the selection stays with its track
    model.replace(suggestions("text"))
    assert titles(model) == expected
    qtmodeltester.check(model)


def test_cells_say_what_is_known_and_nothing_else(qapp) -> None:
    model = ResultsTableModel(ResultList())
    model.replace(suggestions("video", "text"))
    cells = {name: model.index(1, number).data() for name, number in NUMBER.items()}
    assert cells == {
        "rank": "2", "score": "+0.00", "title": "harbour", "artist": "North Quay", "part": "0:10-0:40",
        "length": "3:07", "tempo": "120", "key": "", "tags": "calm", "caption": "A caption of harbour.",
    }  # fmt: skip
    details = model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "video 0.20, text 0.20" in details
    assert "Glass &lt;b&gt;" in details


def test_draft_becomes_a_question_with_weights_of_what_is_asked_alone() -> None:
    draft = QueryDraft(text=" slow piano ", video="/clip.mov", start="1:05", end="95")
    draft.weights["text"] = 0.5
    query = draft.query()
    assert (query.text, query.video, query.start, query.end) == ("slow piano", Path("/clip.mov"), 65.0, 95.0)
    assert query.weights == {"video": 1.0, "text": 0.5}


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (QueryDraft(text="  "), "nothing to go by: write some words"),
        (QueryDraft(text="a", weights={"text": 0.0, "video": 1.0}), "all weights are 0: move a slider"),
        (QueryDraft(video="a.mov", start="soon"), "'soon' is not a time"),
    ],
)
def test_draft_that_is_no_question(draft, message) -> None:
    with pytest.raises(InputError, match=message):
        draft.query()


def test_models_know_no_qt() -> None:
    names = "gui.models.query, gui.models.results, gui.models.service"
    code = f"import sys, {names}; sys.exit('PyQt6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
