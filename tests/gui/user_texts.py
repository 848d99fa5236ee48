"""Finds texts in the panel's sources that the user sees and no translator does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

SETTERS = {
    "setText", "setToolTip", "setStatusTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setTitle",
    "setAccessibleDescription", "setWhatsThis", "setHeaderLabels", "setHorizontalHeaderLabels", "setSuffix",
    "setPrefix",
    "setFormat", "setSpecialValueText", "setLabelText", "setInformativeText", "setPlainText", "setTabText", "addItem",
    "addItems", "addAction", "addMenu", "addTab", "addRow", "setItemText", "showMessage", "say", "fail",
}  # fmt: skip
WIDGETS = {
    "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu", "QDockWidget",
    "QCommandLinkButton", "QTreeWidgetItem", "QListWidgetItem", "QTableWidgetItem",
}  # fmt: skip
KEYWORDS = {
    "text", "toolTip", "statusTip", "windowTitle", "title", "placeholderText", "accessibleName", "suffix", "prefix",
    "accessibleDescription", "specialValueText",
}  # fmt: skip
DIALOGS = {"getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName", "getText", "getItem"}
SIGNALS = {"news", "problem"}
UNSEEN = {("addItem", 1), *((dialog, 2) for dialog in DIALOGS)}
"""Arguments, by place, that are no texts: what an item stands for, the file that a dialog proposes."""
LETTERS = re.compile(r"[^\W\d_]{2}")
MARKUP = re.compile(r"<[^>]*>")
UNITS = re.compile(r"[^\w]*(BPM|dB|LUFS|Hz|kHz|MB)?[^\w]*")
"""Signs of units are the same in every language."""


def untranslated(source: str) -> list[tuple[int, str]]:
    """Give line and text of each literal that reaches the user without ``tr``."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            for node in _shown(call):
                found += [
                    (node.lineno, text)
                    for text in _literals(node)
                    if LETTERS.search(MARKUP.sub("", text)) and not UNITS.fullmatch(text)
                ]
    return sorted(set(found))


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    """Give the arguments of a call that are shown."""
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    is_signal = (
        name == "emit"
        and isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Attribute)
        and function.value.attr in SIGNALS
    )
    if name in SETTERS | WIDGETS | DIALOGS or is_signal:
        yield from (argument for place, argument in enumerate(call.args) if (name, place) not in UNSEEN)
    if name not in ("tr", "translate"):
        yield from (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)


def _literals(node: ast.expr) -> Iterator[str]:
    """Give the texts that an expression is made of; what other functions give is theirs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _literals(part)
    elif isinstance(node, ast.BinOp):
        yield from _literals(node.left)
        yield from _literals(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.BoolOp | ast.List | ast.Tuple):
        for part in node.values if isinstance(node, ast.BoolOp) else node.elts:
            yield from _literals(part)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from _literals(node.func.value)
