"""How our workbooks look, and how a value is put into a cell: named styles, text that stays text."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.functional import Promise
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

from accounts.text import clean
from fieldvisits.workbooks import DATE_FORMAT, MOST_TEXT, TEXT_FORMAT

FONT = "Times New Roman"
FORMATS = {
    "number": "#,##0",
    "decimal": "#,##0.0",
    "percent": '0" %"',
    "date": DATE_FORMAT,
    "text": TEXT_FORMAT,
}
MM = 1 / 25.4  # inches

_LINE = Side(style="thin", color="FF9AA5B1")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def named_styles() -> dict[str, NamedStyle]:
    """The named styles of a report: title, subtitle, heading, and for each kind of cell one for rows and one for totals."""
    found = {
        "title": NamedStyle("fv title", font=Font(FONT, 14, bold=True)),
        "about": NamedStyle("fv about", font=Font(FONT, 11, italic=True)),
        "heading": NamedStyle(
            "fv heading",
            font=Font(FONT, 11, bold=True),
            fill=PatternFill("solid", fgColor="FFE8EEF7"),
            border=_BOX,
            alignment=Alignment("center", "center", wrap_text=True),
        ),
    }
    for kind, number_format in FORMATS.items():
        for name, bold in [(kind, False), (f"{kind} total", True)]:
            found[name] = NamedStyle(
                f"fv {name}",
                font=Font(FONT, 11, bold=bold),
                border=_BOX,
                alignment=Alignment("center" if kind == "date" else None, "top", wrap_text=kind == "text"),
                number_format=number_format,
            )
    return found


def put(cell: Any, value: Any) -> None:
    """Write ``value`` into a re-used cell whose style is set; text stays text, whatever it begins with.

    Texts, numbers and days go in beside the cell's own setter: it looks for formulas and control characters again, at each of a million cells.
    """
    if isinstance(value, str):
        cell._value, cell.data_type = clean(value)[:MOST_TEXT], "s"
    elif type(value) is int:
        cell._value, cell.data_type = value, "n"
    elif type(value) is date:
        cell._value, cell.data_type = value, "d"
    elif isinstance(value, Promise):
        put(cell, str(value))
    else:
        cell.value = value


def sheet_title(text: object) -> str:
    """``text`` as the name of a sheet, which holds 31 characters and none of ``[]:*?/\\``."""
    return re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\]", " ", clean(str(text)))).strip("' ")[:31] or "1"
