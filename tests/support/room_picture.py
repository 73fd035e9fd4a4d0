"""The picture of the rooms: a box for each on its floor, an arrow from each room to those that it builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from support.paths import DOCS
from support.structure import FLOORS, needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATH: Final = DOCS / "_static/rooms.svg"
_WIDTH, _HEIGHT = 130, 40
_ACROSS, _UP = 170, 84
_MARGIN: Final = 16
_TIP: Final = (
    "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='8' markerHeight='8' orient='auto'>"
    "<path d='M0 0 8 4 0 8z' fill='#57606a'/></marker></defs>"
)
_STYLE: Final = "font-family='sans-serif' font-size='15' text-anchor='middle' fill='#1f2328'"


def renew() -> None:
    """Draw the picture of the documentation anew."""
    PATH.write_text(draw(FLOORS, needs()), "utf-8")


def draw(floors: Sequence[Sequence[str]], imported: Mapping[str, set[str]]) -> str:
    """Draw the rooms as an SVG document, the top floor first; `imported` has the rooms that each imports."""
    widest = max(map(len, floors))
    width, height = 2 * _MARGIN + widest * _ACROSS, 2 * _MARGIN + len(floors) * _UP - (_UP - _HEIGHT)
    at = {
        room: (_MARGIN + (place + 0.5 + (widest - len(rooms)) / 2) * _ACROSS, _MARGIN + floor * _UP)
        for floor, rooms in enumerate(reversed(floors))
        for place, room in enumerate(rooms)
    }
    arrows = [_arrow(at[room], at[other]) for room in sorted(at) for other in sorted(_direct(room, imported))]
    boxes = [_box(room, *at[room]) for room in at]
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' role='img'>",
            "<title>The rooms of drift: an arrow leads from each room to those that it builds on</title>",
            _TIP,
            f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
            *arrows,
            *boxes,
            "</svg>",
            "",
        ]
    )


def _direct(room: str, imported: Mapping[str, set[str]]) -> set[str]:
    """The rooms that a room imports, without those that another of them leads to."""
    through_others = set().union(*(_reached(other, imported) for other in imported[room]))
    return imported[room] - through_others


def _reached(room: str, imported: Mapping[str, set[str]]) -> set[str]:
    return imported[room].union(*(_reached(other, imported) for other in imported[room]))


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = (start[0], start[1] + _HEIGHT), end
    turn = y2 - (_UP - _HEIGHT)  # down its own column, then over to its end in the last gap
    path = f"M{x1:g} {y1:g}V{turn:g}C{x1:g} {y2 - 16:g} {x2:g} {turn + 16:g} {x2:g} {y2:g}"
    return f"<path d='{path}' fill='none' stroke='#57606a' stroke-width='1.5' marker-end='url(#tip)'/>"


def _box(room: str, x: float, y: float) -> str:
    return (
        f"<rect x='{x - _WIDTH / 2:g}' y='{y:g}' width='{_WIDTH}' height='{_HEIGHT}' rx='6' fill='#ddf4ff' "
        f"stroke='#0969da'/><text x='{x:g}' y='{y + 26:g}' {_STYLE}>{room}</text>"
    )
