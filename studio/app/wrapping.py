"""Rows of controls that become several where the letters are large or the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

_GAP = 6  # pixels between two controls, and between two rows
_LINES = 4  # of text that show at least of what can be scrolled


class WrappingRow(QLayout):
    """Controls side by side, on as many rows as they need; what is left over they share.

    Only controls that like to grow get of what is left. even: in columns of one width, and as
    many in each row as can be, so that a form keeps its look.
    """

    def __init__(self, *widgets: QWidget, even: bool = False) -> None:
        super().__init__()
        self._even = even
        self._items: list[QLayoutItem] = []
        self._high = 0  # pixels of all rows as they are placed now
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(_GAP)
        for widget in widgets:
            self.addWidget(widget)

    # --- what a layout must tell ------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802  # Qt's name
        """Put it behind the others."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802  # Qt's name
        """One of them; None beyond the last, by which Qt notices the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802  # Qt's name
        """One of them, no longer laid out here."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        """Rows grow sideways."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """How high all rows are in `width` pixels."""
        around = self.contentsMargins()
        room = width - around.left() - around.right()
        heights = [_height(row) for row in self._rows(room)]
        gaps = self.spacing() * max(0, len(heights) - 1)
        return sum(heights) + gaps + around.top() + around.bottom()

    def sizeHint(self) -> QSize:  # noqa: N802
        """All on one row."""
        shown = self._shown()
        width = sum(self._wanted(one) for one in shown)
        gaps = self.spacing() * max(0, len(shown) - 1)
        return self._with_margins(QSize(width + gaps, _height(shown)))

    def minimumSize(self) -> QSize:  # noqa: N802
        """As wide as the widest of them, and as high as the rows they are placed on."""
        shown = self._shown()
        widest = max((one.minimumSize().width() for one in shown), default=0)
        return self._with_margins(QSize(widest, max(_height(shown), self._high)))

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        """Place everything."""
        super().setGeometry(rect)
        inside = rect.marginsRemoved(self.contentsMargins())
        top = inside.top()
        rows = self._rows(inside.width())
        columns = max((len(row) for row in rows), default=0)
        for row in rows:
            height = _height(row)
            self._place(row, QRect(inside.left(), top, inside.width(), height), columns)
            top += height + self.spacing()
        high, self._high = self._high, max(0, top - self.spacing() - inside.top())
        parent = self.parentWidget()
        if high != self._high and parent is not None:
            parent.updateGeometry()  # a splitter does not ask how high something is at a width

    # --- rows -------------------------------------------------------------------------------------

    def _with_margins(self, size: QSize) -> QSize:
        around = self.contentsMargins()
        return size + QSize(around.left() + around.right(), around.top() + around.bottom())

    def _shown(self) -> list[QLayoutItem]:
        return [one for one in self._items if not one.isEmpty()]

    def _wanted(self, item: QLayoutItem) -> int:
        """How wide it is at least; in even columns as wide as all are."""
        if self._even:
            return max(one.minimumSize().width() for one in self._shown())
        return item.sizeHint().width()

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        shown = self._shown()
        if self._even and shown:
            most = max(1, (width + self.spacing()) // (self._wanted(shown[0]) + self.spacing()))
            rows = -(-len(shown) // most)
            columns = -(-len(shown) // rows)
            return [shown[at : at + columns] for at in range(0, len(shown), columns)]
        found: list[list[QLayoutItem]] = []
        left = -1
        for one in shown:
            needed = self._wanted(one)
            if not found or needed > left:
                found.append([])
                left = width
            found[-1].append(one)
            left -= needed + self.spacing()
        return found

    def _place(self, row: list[QLayoutItem], room: QRect, columns: int) -> None:
        widths = self._widths(row, room.width(), columns)
        right_to_left = self._is_mirrored()
        x = room.left()
        for one, width in zip(row, widths, strict=True):
            height = min(room.height(), one.sizeHint().height())
            top = room.top() + (room.height() - height) // 2
            left = room.right() - (x - room.left()) - width + 1 if right_to_left else x
            one.setGeometry(QRect(left, top, width, height))
            x += width + self.spacing()

    def _widths(self, row: list[QLayoutItem], room: int, columns: int) -> list[int]:
        if self._even:
            return [(room - self.spacing() * (columns - 1)) // columns] * len(row)
        widths = [min(room, self._wanted(one)) for one in row]
        spare = room - sum(widths) - self.spacing() * (len(row) - 1)
        growing = [place for place, one in enumerate(row) if _grows(one)]
        for number, place in enumerate(growing):
            widths[place] += spare * (number + 1) // len(growing) - spare * number // len(growing)
        return widths

    def _is_mirrored(self) -> bool:
        parent = self.parentWidget()
        return parent is not None and parent.layoutDirection() == Qt.LayoutDirection.RightToLeft


def _height(row: list[QLayoutItem]) -> int:
    return max((one.sizeHint().height() for one in row), default=0)


def _grows(item: QLayoutItem) -> bool:
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def widen(field: QWidget) -> None:
    """Let a field have of the room that is left over in its row."""
    policy = field.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
    field.setSizePolicy(policy)


def labelled(words: str, field: QWidget, *, above: bool = False) -> QWidget:
    """A field with its label, which stay together where rows wrap. words: "&" before the key."""
    label = QLabel(words)
    label.setBuddy(field)
    whole = QWidget()
    policy = whole.sizePolicy()
    policy.setHorizontalPolicy(field.sizePolicy().horizontalPolicy())
    whole.setSizePolicy(policy)
    inside = QVBoxLayout(whole) if above else QHBoxLayout(whole)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.setSpacing(2 if above else _GAP)
    inside.addWidget(label)
    inside.addWidget(field, 1)
    return whole


def scrolling(body: QWidget) -> QScrollArea:
    """`body` with a bar at its right where it is higher than there is room; never one below it."""
    area = _Upright(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard goes to what is in it
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


class _Upright(QScrollArea):
    """As wide as its body needs, and high enough to see something of it."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._body = body
        self.setWidget(body)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._show_focused)

    def _show_focused(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Qt does so for the tab key alone, not for letters; under a mouse nothing moves."""
        by_mouse = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is not None and not by_mouse and self._body.isAncestorOf(now):
            self.ensureWidgetVisible(now)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """The body's least width and the bar beside it; some lines high."""
        needed = self._body.minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        high = min(needed.height(), self.fontMetrics().height() * _LINES)
        return QSize(needed.width() + bar, high)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """All of the body."""
        bar = self.verticalScrollBar().sizeHint().width()
        return self._body.sizeHint() + QSize(bar, 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """What the body needs has changed, so has what is needed here."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
