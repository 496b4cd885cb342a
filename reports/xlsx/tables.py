"""Reports as Excel workbooks: written row by row in constant memory, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from math import ceil
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import NamedStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.filters import AutoFilter

from accounts import clock
from accounts.text import clean

from ..base import Column, Report
from .measures import lines_of
from .styles import MM, named_styles, put, sheet_title

#: Rows above the table: title, what is asked, an empty one, the headings.
HEADING_ROW = 4
#: Size of the type and height of a line, both in points; the highest row Excel knows.
SIZE, LINE, MOST_HEIGHT = 11, 14.5, 409
#: One unit of a column's width in mm, and the letters of a text it holds on average.
MM_OF_WIDTH, LETTERS = 1.85, 1.2
#: The widest a table may be, in units of width, so that one page wide it can still be read; the least that is left of a text's column.
WIDEST, NARROWEST = 220, 14


class _CellAgain(Cell):
    """A cell that is written in every row with another value. What openpyxl asks each time is worked out once: the number of its
    style, and its name, which it puts into an error that it catches itself."""

    __slots__ = ("_number",)

    def __init__(self, sheet: WriteOnlyWorksheet, style: str) -> None:
        super().__init__(sheet, row=1, column=1)
        self.style = style
        self._number = super().style_id

    @property
    def style_id(self) -> int:
        return self._number

    def __repr__(self) -> str:
        return "a cell"


def write_report(report: Report, stream: IO[bytes], asked_in_words: str) -> None:
    """Write all rows of ``report`` as one sheet into ``stream``: title, what was asked, headings, rows, totals.

    Totals that are sums are formulas over their column; every other total is a value.
    """
    book = Workbook(write_only=True)
    styles = named_styles()
    for style in styles.values():
        book.add_named_style(style)
    columns = report.columns()
    sheet = book.create_sheet(sheet_title(report.title))
    about = f"{report.asked.rule.province} · {asked_in_words}"
    _describe(book, report, about)
    widths = widths_of(columns)
    set_up(sheet, columns, widths)

    def line(values: Iterable[Any], style: str) -> list[WriteOnlyCell]:
        cells = []
        for value in values:
            cell = WriteOnlyCell(sheet)
            put(cell, value)
            cell.style = styles[style].name
            cells.append(cell)
        return cells

    sheet.append(line([str(report.title)], "title"))
    sheet.append(line([about], "about"))
    sheet.append([])
    titles = [str(column.title) for column in columns]
    make_room(sheet, titles, widths)
    sheet.append(line(titles, "heading"))
    cells = [_CellAgain(sheet, styles[column.kind].name) for column in columns]
    rooms = rooms_of(columns, widths)
    count = 0
    for values in report.values():
        for cell, value in zip(cells, values, strict=True):
            put(cell, value)
        if height := height_of(values, rooms):
            sheet.row_dimensions[HEADING_ROW + 1 + count].height = height
        sheet.append(cells)
        sheet.row_dimensions.pop(HEADING_ROW + 1 + count, None)  # written: a long list is not kept in memory
        count += 1
    if count and report.total_cells:
        sheet.append(_totals(sheet, report, styles, HEADING_ROW + 1, HEADING_ROW + count))
    # the totals stay out of it: they are not sorted or filtered away with the rows
    last = get_column_letter(len(columns))
    sheet.auto_filter = AutoFilter(ref=f"A{HEADING_ROW}:{last}{HEADING_ROW + max(count, 1)}")
    book.save(stream)


def widths_of(columns: Sequence[Column]) -> list[float]:
    """The widths of the columns; where all together are too wide, texts give way, each in proportion to what it can spare."""
    spare = [max(0, c.width - NARROWEST) if c.kind == "text" else 0 for c in columns]
    over = sum(column.width for column in columns) - WIDEST
    part = min(1.0, max(0.0, over / sum(spare))) if any(spare) else 0.0
    return [round(column.width - part * more, 1) for column, more in zip(columns, spare, strict=True)]


def make_room(sheet: WriteOnlyWorksheet, titles: Sequence[str], widths: Sequence[float]) -> None:
    """Make the row of headings as high as the longest title needs."""
    tallest = max(
        len(lines_of(title, width * MM_OF_WIDTH, SIZE, True))
        for title, width in zip(titles, widths, strict=True)
    )
    sheet.row_dimensions[HEADING_ROW].height = max(2, tallest) * LINE


def rooms_of(columns: Sequence[Column], widths: Sequence[float]) -> list[tuple[int, int]]:
    """Where texts stand in a row, and how many letters fit on a line there."""
    return [(n, int(widths[n] * LETTERS)) for n, column in enumerate(columns) if column.kind == "text"]


def height_of(values: Sequence[Any], rooms: list[tuple[int, int]]) -> float | None:
    """The height a row needs for its longest text, None when that takes one line: neither program opens a row as high as its text
    needs unless it is told."""
    longest = max([len(v) / room for n, room in rooms if isinstance(v := values[n], str)], default=0)
    return min(ceil(longest) * LINE, MOST_HEIGHT) if longest > 1 else None


def _describe(book: Workbook, report: Report, about: str) -> None:
    """The properties of the file: what it holds, whose it is, when it was made."""
    now = timezone.make_naive(clock.now(), UTC).replace(microsecond=0)
    book.properties.title = clean(str(report.title))
    book.properties.subject = clean(about)
    book.properties.creator = clean(str(report.asked.rule.province))
    book.properties.created = book.properties.modified = now


def _totals(
    sheet: WriteOnlyWorksheet, report: Report, styles: dict[str, NamedStyle], first: int, last: int
) -> list[WriteOnlyCell]:
    cells = []
    for number, total in enumerate(report.total_cells, start=1):
        cell = WriteOnlyCell(sheet)
        if total.column.total:
            letter = get_column_letter(number)
            cell.value = f"=SUM({letter}{first}:{letter}{last})"
        else:
            put(cell, total.value)
        # below whole numbers there may stand a mean
        kind = "decimal" if isinstance(total.value, float) else total.column.kind
        cell.style = styles[f"{kind} total"].name
        cells.append(cell)
    return cells


def set_up(sheet: WriteOnlyWorksheet, columns: Sequence[Column], widths: Sequence[float]) -> None:
    """Widths, headings that stay in sight, A4 landscape one page wide with the headings on every page. Before the first row."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    # what a row is about stays in sight, too, when it stands first
    sheet.freeze_panes = f"{'B' if columns[0].is_heading else 'A'}{HEADING_ROW + 1}"
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left, margins.right, margins.top, margins.bottom = 30 * MM, 20 * MM, 20 * MM, 20 * MM
    margins.header = margins.footer = 10 * MM
    sheet.oddFooter.right.text = "&P/&N"
