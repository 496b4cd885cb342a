"""How much room text takes in Times New Roman: neither Excel nor LibreOffice sets the height of a row with merged cells.

Estimates, a little on the large side. Widths are millimetres, type sizes and heights points.
"""

from __future__ import annotations

import unicodedata
from functools import cache

#: Advance widths of Times, thousandths of the type size, by base letter; everything else is 500.
_WIDTHS = {
    letter: width
    for width, letters in {
        250: " .,",
        278: "ijlt:;/",
        333: "frI-()[]!'",
        389: "sJ",
        444: "aecz?",
        556: "FSP",
        611: "ELTZ",
        667: "BCR",
        722: "wADGHKNOQUVXY",
        778: "m",
        889: "M",
        944: "W%",
        1000: "…",
    }.items()
    for letter in letters
}
_PER_POINT = 25.4 / 72
#: Room a cell keeps free at both sides together, mm.
PADDING = 1.6
_SAFETY = 1.02
#: Letters that only Vietnamese has are borrowed from a wider type where Times New Roman is replaced by one without them.
_BORROWED = 110


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of one line of ``text`` in mm."""
    thousandths = sum(map(_width, text))
    return thousandths / 1000 * size * _PER_POINT * _SAFETY * (1.06 if bold else 1)


@cache
def _width(character: str) -> int:
    base = unicodedata.normalize("NFD", character)[0]
    width = _WIDTHS.get({"đ": "d", "Đ": "D"}.get(base, base), 500)
    return width + _BORROWED if character in "ơưƠƯ" or "\u1ea0" <= character <= "\u1ef9" else width


def lines_of(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """``text`` broken at words into the lines it takes in a cell of ``width`` mm; longer words are broken anywhere."""
    room = max(width - PADDING, 2.0)
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width_of(longer, size, bold) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            while width_of(word, size, bold) > room and len(word) > 1:
                fits = max(1, int(len(word) * room / width_of(word, size, bold)))
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        lines.append(line)
    return lines


def line_height(size: float) -> float:
    return size * 1.22
