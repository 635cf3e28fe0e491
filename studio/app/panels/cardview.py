"""Cards side by side: a list that is read like any other and drawn as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.app import cards
from studio.app.cards import Card
from studio.app.panels.rows import Row, RowsView
from studio.app.theme import LIGHT, Theme, colour

_NARROWEST = 18  # average letters across a draft, for all to stand in one row
_READABLE = 24  # letters across a card where they need several rows anyway
_SEEN = 5  # lines of text of a card that show at least, its number among them
_MARGIN, _SPACE = 8, 3  # pixels inside a card, between its parts
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some words on a card. short: one line of them; the card's tip and reading tell all."""

    text: str
    ink: str
    bold: bool = False
    short: bool = False


class CardsView(RowsView):
    """The choices for a description. Return takes the current one; E takes it to be edited."""

    edit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Drafts",
            "Texts proposed for the selected description, and to leave it silent. "
            "Return takes one, E takes it to be edited; 1 to 5 and 0 take one from anywhere.",
            "Select one description to see what is proposed for it.",
            parent,
        )
        self.theme = LIGHT
        self.sizes: dict[Card, QSize] = {}
        self._delegate = _CardPainter(self)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setSpacing(0)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Use other colours; letters may have changed too."""
        self.theme = theme
        self._share_room()
        self.viewport().update()

    def set_cards(self, found: Sequence[Card]) -> None:
        """Show these."""
        count = sum(card.number != cards.SILENCE for card in found)
        self.list.set_rows(
            [
                Row(card, card.text, cards.spoken(card, count), cards.tip(card), card.taken)
                for card in found
            ]
        )
        if found and not self.currentIndex().isValid():
            self.setCurrentIndex(self.list.index(0))
        self._share_room()

    @property
    def card(self) -> Card | None:
        """The current one."""
        key = self.key
        return key if isinstance(key, Card) else None

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """High enough to read by."""
        lines = self.fontMetrics().height() * _SEEN
        return QSize(super().minimumSizeHint().width(), lines + 2 * self.frameWidth())

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """No higher than that by itself; it takes what room there is."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Share the new room."""
        super().resizeEvent(event)
        self._share_room()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """Other letters need other cards."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._share_room()

    def _share_room(self) -> None:
        """Put all cards into one row, silence as narrow as it can be; else into columns.

        All are as high as the fullest needs. The room of a scroll bar is always kept free, so that
        cards do not move when it comes.
        """
        found = [row.key for row in self.list.rows if isinstance(row.key, Card)]
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        across = max(1, self.width() - bar - 2 * self.frameWidth() - 2)
        letter = max(1, self.fontMetrics().averageCharWidth())
        narrow = self._delegate.narrowest()
        drafts = sum(card.number != cards.SILENCE for card in found)
        wide = (across - narrow) // drafts if drafts else across
        if drafts and wide < letter * _NARROWEST:
            columns = max(1, min(len(found), across // (letter * _READABLE)))
            wide = narrow = across // columns
        elif not drafts:
            narrow = across
        widths = {card: narrow if card.number == cards.SILENCE else wide for card in found}
        height = max((self._delegate.height(*one) for one in widths.items()), default=0)
        self.sizes = {card: QSize(width, height) for card, width in widths.items()}
        self.scheduleDelayedItemsLayout()

    # --- keys -------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """E belongs to the cards while they have the keyboard; elsewhere it plays."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_edit(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """E takes the current card to be edited."""
        if _is_edit(event):
            self.edit_asked.emit()
            return
        super().keyPressEvent(event)


def _is_edit(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_E
        and event.modifiers() == Qt.KeyboardModifier.NoModifier
    )


class _CardPainter(QStyledItemDelegate):
    """Draws one card; what is said in colours is said in words too."""

    def __init__(self, view: CardsView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(  # noqa: N802  # Qt's name
        self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As the view has shared its room; asked for while rows change, before it has: nothing."""
        card = self._view.list.rows[index.row()].key
        return self._view.sizes.get(card, QSize()) if isinstance(card, Card) else QSize()

    def narrowest(self) -> int:
        """How wide the card of silence is at least, taken or not."""
        metrics = QFontMetrics(self._font(_Part("", "", bold=True)))
        return metrics.horizontalAdvance("0   Leave silent") + 2 * _MARGIN + 2 * _SPACE + 2

    def height(self, card: Card, width: int) -> int:
        """How high `card` is when it is `width` pixels wide, with the room around it."""
        inside = width - 2 * _MARGIN - 2 * _SPACE
        parts = [self._extent(part, inside) for part in _parts(card, self._view.theme)]
        return sum(parts) + _SPACE * (len(parts) - 1) + 2 * _MARGIN + 2 * _SPACE

    def _extent(self, part: _Part, width: int) -> int:
        metrics = QFontMetrics(self._font(part))
        if part.short:
            return metrics.height()
        return metrics.boundingRect(QRect(0, 0, width, 1 << 20), _WRAP, part.text).height()

    def _font(self, part: _Part) -> QFont:
        font = QFont(self._view.font())
        font.setBold(part.bold)
        return font

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The frame, then what the card says from top to bottom."""
        card = self._view.list.rows[index.row()].key
        if not isinstance(card, Card):
            return
        theme = self._view.theme
        rect: QRect = option.rect.adjusted(_SPACE, _SPACE, -_SPACE, -_SPACE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._frame(painter, rect, card, current=index.row() == self._view.currentIndex().row())
        inside = rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        painter.setClipRect(inside)
        top = inside.top()
        for part in _parts(card, theme):
            height = self._extent(part, inside.width())
            painter.setFont(self._font(part))
            painter.setPen(colour(part.ink))
            place = QRect(inside.left(), top, inside.width(), height)
            painter.drawText(place, _WRAP, self._cut(part, inside.width()))
            top += height + _SPACE
        painter.restore()

    def _frame(self, painter: QPainter, rect: QRect, card: Card, *, current: bool) -> None:
        theme = self._view.theme
        held = current and self._view.hasFocus()
        pen = QPen(colour(theme.focus if held else theme.edge), 3 if held else 1)
        if card.number == cards.SILENCE and not held:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(colour(theme.button if card.taken else theme.field))
        painter.drawRoundedRect(rect, 5, 5)

    def _cut(self, part: _Part, width: int) -> str:
        """The words of a part, ended with "…" where they are more than its one line."""
        if not part.short:
            return part.text
        metrics = QFontMetrics(self._font(part))
        return metrics.elidedText(part.text, Qt.TextElideMode.ElideRight, width)


def _parts(card: Card, theme: Theme) -> list[_Part]:
    """What a card says, from top to bottom."""
    called = [str(card.number)]
    called += [card.title] if card.number == cards.SILENCE else []
    called += ["✓ taken"] if card.taken else []
    found = [
        _Part("   ".join(called), theme.muted, bold=True),
        _Part(card.text, theme.text),
        _Part(card.measure, theme.good if card.fits else theme.bad),
        _Part(f"Would raise: {', '.join(card.faults)}" if card.faults else "", theme.warn),
        _Part(card.made_by, theme.muted, short=True),
        _Part("; ".join(card.evidence), theme.muted, short=True),
    ]
    return [part for part in found if part.text]
