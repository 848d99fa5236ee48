"""How a clip is painted: picture or waveform, name and place, words for it, and its caption, editable in place."""

from __future__ import annotations

from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QObject, QRect, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette
from PyQt6.QtWidgets import QApplication, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.models.timeline import ClipRow, State
from gui.painting import LEFT, paint_chips, paint_lines, paint_wave
from gui.timeline.clip_model import ClipModel
from gui.timeline.previews import Drawn, Previews
from plugin.errors import printable

LINES_BESIDE, LINES_BELOW = 3, 2
"""Lines of text beside the picture and of the caption below it."""
FAINT = 0.62


def preview_size(metrics: QFontMetrics) -> QSize:
    """The size of a picture beside the text."""
    high = LINES_BESIDE * metrics.height()
    return QSize(high * 16 // 9, high)


class ClipDelegate(QStyledItemDelegate):
    """Paints rows of a `ClipModel`.

    Parameters
    ----------
    previews : Previews
    """

    def __init__(self, previews: Previews, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._previews = previews

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: D102
        line, gap = option.fontMetrics.height(), _gap(option.fontMetrics)
        return QSize(preview_size(option.fontMetrics).width() * 2, (LINES_BESIDE + LINES_BELOW) * line + 3 * gap)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: D102
        row: ClipRow = index.data(Qt.ItemDataRole.UserRole)
        model = index.model()
        self.initStyleOption(option, index)
        style = option.widget.style() if option.widget else QApplication.style()
        assert painter is not None and style is not None and isinstance(model, ClipModel)
        option.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        roles = QPalette.ColorRole
        plain = option.palette.color(roles.HighlightedText if selected else roles.Text)
        faint = QColor(plain)
        faint.setAlphaF(FAINT)
        painter.save()
        beside = self._paint_preview(painter, option, row, plain, faint)
        self._paint_name(painter, option, row, beside, plain, faint)
        text = model.said(row)
        font = QFont(option.font)
        font.setItalic(row.state is not State.DONE)
        edited = row.said is not None and row.said.edited
        paint_lines(painter, _caption_place(option), f"{text} ✎" if edited else text, font,
                     plain if row.state is State.DONE else faint)  # fmt: skip
        painter.restore()

    def createEditor(  # noqa: D102
        self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Caption"))
        editor.setToolTip(self.tr("Return keeps it, Escape leaves it; without a word the clip is captioned anew"))
        return editor

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: D102
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():  # a new reading of the timeline must not take away what is being written
            editor.setText(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(  # noqa: D102
        self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex
    ) -> None:
        assert isinstance(editor, QLineEdit) and model is not None
        model.setData(index, editor.text())

    def updateEditorGeometry(  # noqa: D102
        self, editor: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        assert editor is not None
        place = _caption_place(option)
        place.setHeight(editor.sizeHint().height())
        editor.setGeometry(place)

    def _paint_preview(
        self, painter: QPainter, option: QStyleOptionViewItem, row: ClipRow, plain: QColor, faint: QColor
    ) -> QRect:
        """Paint picture or waveform; gives the room beside it."""
        gap, size = _gap(option.fontMetrics), preview_size(option.fontMetrics)
        place = QRect(option.rect.topLeft(), size).translated(gap, gap)
        ground = QColor(plain)
        ground.setAlphaF(0.08)
        painter.fillRect(place, ground)
        drawn = self._previews.of(row.clip)
        if isinstance(drawn, QImage):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            fit = drawn.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(place.topLeft(), fit)
            inside.moveCenter(place.center())
            painter.drawImage(inside, drawn)
        elif isinstance(drawn, bytes):
            paint_wave(painter, place, drawn, faint)
        else:
            painter.setPen(faint)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, _sign(row, drawn))
        right = QRect(option.rect)
        right.setLeft(place.right() + 1 + gap)
        right.setRight(option.rect.right() - gap)
        right.setTop(place.top())
        right.setHeight(size.height())
        return right

    def _paint_name(
        self, painter: QPainter, option: QStyleOptionViewItem, row: ClipRow, room: QRect, plain: QColor, faint: QColor
    ) -> None:
        """Paint name, place and words in three lines."""
        clip, line, elide = row.clip, option.fontMetrics.height(), Qt.TextElideMode.ElideRight
        first = QRect(room.left(), room.top(), room.width(), line)
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(plain)
        name = f"♫ {printable(clip.name)}" if clip.cue else printable(clip.name)
        painter.drawText(first, LEFT, QFontMetrics(bold).elidedText(name, elide, room.width()))
        painter.setFont(option.font)
        painter.setPen(faint)
        where = f"{clip.time_in} – {clip.time_out}  {clip.timeline_track}"
        painter.drawText(first.translated(0, line), LEFT, option.fontMetrics.elidedText(where, elide, room.width()))
        paint_chips(painter, first.translated(0, 2 * line), row.chips, option.fontMetrics, plain)


def _gap(metrics: QFontMetrics) -> int:
    return max(3, metrics.height() // 3)


def _sign(row: ClipRow, drawn: Drawn | None) -> str:
    """What stands where no picture is: nothing to see, or one that is still to be made."""
    return "⚠" if row.clip.missing or isinstance(drawn, str) else "…"


def _caption_place(option: QStyleOptionViewItem) -> QRect:
    gap = _gap(option.fontMetrics)
    top = option.rect.top() + 2 * gap + preview_size(option.fontMetrics).height()
    return QRect(
        option.rect.left() + gap, top, option.rect.width() - 2 * gap, LINES_BELOW * option.fontMetrics.height()
    )
