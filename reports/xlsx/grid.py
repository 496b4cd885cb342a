"""A sheet laid out like a page: cells given in millimetres, put on the fewest columns that hold them all, and set up for print."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from ..papers.words import BOTTOM, LEFT, LONG, RIGHT, SHORT, TOP, printable
from .measures import lines_of
from .styles import MM, put

#: A boundary this near to one that is there takes it, mm: within tables, and for headers and signatures.
NEAR_IN_TABLES, NEAR = 5.0, 14.0
#: What a page may hold less than its height, points: programs round the heights of rows.
SLACK = 8.0
#: The workbook's default type, in whose digits Excel measures columns: 8 pixels each at 96 to the inch, on every machine.
DEFAULT_FONT = ("Times New Roman", 12)
_WIDTH_PER_MM = 96 / 25.4 / 8


@dataclass(frozen=True)
class Range:
    """The cells from ``start`` to ``end`` (mm) of the lines ``first`` to ``last`` of a sheet (what ``at`` names it by)."""

    sheet: Any
    first: Line
    last: Line
    start: float
    end: float


@dataclass(frozen=True)
class Formula:
    """A cell that is computed: ``text`` holds ``{0}``, ``{1}`` for its ``ranges``; ``value`` is what it comes to.

    A number among ``ranges`` is a column of the table it stands in: the cell of the same row, in the row of totals all of them.
    """

    text: str
    ranges: tuple[Range | int, ...]
    value: Any

    def __str__(self) -> str:
        return printable(self.value)

    def bound(self, sheet: Any, lines: tuple[Line, Line], spans: Sequence[tuple[float, float]]) -> Formula:
        """With the columns meant by numbers looked up in ``lines``."""
        found = (Range(sheet, *lines, *spans[r]) if isinstance(r, int) else r for r in self.ranges)
        return replace(self, ranges=tuple(found))


@dataclass
class Cell:
    """Something to write from ``start`` to ``end`` (mm from the left margin), ``rows`` lines deep.

    ``style`` names a style, ``size`` and ``bold`` are its type; ``sum_of`` are the first and last line of a column that it adds up.
    """

    start: float
    end: float
    value: Any
    style: str
    size: float
    bold: bool = False
    rows: int = 1
    shrinks: bool = False
    link: str = ""
    sum_of: tuple[Line, Line] | None = None

    @property
    def shown(self) -> str:
        return printable(self.value)

    def but(self, value: str) -> Cell:
        return replace(self, value=value)


@dataclass(eq=False)
class Line:
    """A row of the sheet; ``height`` in points. With ``keep`` it stays on one page with the next."""

    cells: list[Cell]
    height: float
    keep: bool = False
    is_table: bool = False
    near: float = NEAR
    image: Callable[[], Image] | None = None


def split(cell: Cell, most: int) -> tuple[Cell, Cell]:
    """``cell`` with as many lines as a row can show, and one with the rest of its text."""
    lines = lines_of(cell.shown, cell.end - cell.start, cell.size, cell.bold)
    if isinstance(cell.value, str) and len(lines) > most:
        text = cell.value
        head = _first_lines(text, lines[:most])
        return cell.but(text[:head].rstrip()), cell.but(text[head:].strip())
    return cell, cell.but("")


def _first_lines(text: str, lines: Sequence[str]) -> int:
    """How far into ``text`` its first ``lines`` reach."""
    at = 0
    for line in lines:
        at = text.index(line, at) + len(line) if line else at
    return at


class Grid:
    """The columns of a sheet, and where each cell of its lines comes to stand."""

    def __init__(self, width: float, lines: list[Line]) -> None:
        self.lines = lines
        self.edges = [0.0, width]
        #: where the edges of a line with these edges have come to stand
        self._places: dict[tuple[float, ...], dict[float, float]] = {}
        tables = {_edges(line) for line in lines if line.is_table}
        others = {_edges(line) for line in lines if not line.is_table} - tables
        for edges in sorted(tables, key=lambda edges: (-len(edges), edges)):
            self._take(edges, NEAR_IN_TABLES)
        nearness = {_edges(line): line.near for line in lines}
        for edges in sorted(others):
            self._take(edges, nearness[edges])

    def _take(self, edges: tuple[float, ...], near: float) -> None:
        """Find room for ``edges``: at a boundary near enough, else at a new one, never two of them at the same."""
        places: dict[float, float] = {}
        last = -1.0
        for edge in edges:
            ends = self.edges[-1:] if edge >= self.edges[-1] - 0.01 else self.edges[:-1]
            nearest = min(
                (known for known in ends if known > last), key=lambda k: abs(k - edge), default=None
            )
            if nearest is None or abs(nearest - edge) > near:
                nearest = max(edge, last + 1)
                insort(self.edges, nearest)
            places[edge] = last = nearest
        self._places[edges] = places

    def _columns(self, line: Line, cell: Cell) -> tuple[int, int]:
        """The first and the last column of a cell, from 1."""
        return self._columns_between(line, cell.start, cell.end)

    def _columns_between(self, line: Line, start: float, end: float) -> tuple[int, int]:
        places = self._places[_edges(line)]
        first, after = (self.edges.index(places[round(edge, 3)]) for edge in (start, end))
        return first + 1, after

    def address(self, wanted: Range) -> str:
        """Where ``wanted`` stands on this sheet: ``$C$5:$C$22``."""
        rows = [self.lines.index(line) + 1 for line in (wanted.first, wanted.last)]
        edges = tuple(self._columns_between(wanted.first, wanted.start, wanted.end))
        letter = get_column_letter(edges[0])
        return f"${letter}${rows[0]}:${letter}${rows[1]}" if rows[1] > rows[0] else f"${letter}${rows[0]}"

    def write(self, sheet: Worksheet, at: Callable[[Range], str] = str) -> None:
        """``at`` says where a range of a formula stands."""
        for number, (start, end) in enumerate(pairwise(self.edges), start=1):
            sheet.column_dimensions[get_column_letter(number)].width = (end - start) * _WIDTH_PER_MM
        rows = {id(line): number for number, line in enumerate(self.lines, start=1)}
        for number, line in enumerate(self.lines, start=1):
            sheet.row_dimensions[number].height = round(line.height * 4) / 4
            for cell in line.cells:
                self._write(sheet, number, line, cell, rows, at)
            if line.image is not None:
                sheet.add_image(line.image(), f"A{number}")

    def _write(
        self,
        sheet: Worksheet,
        row: int,
        line: Line,
        cell: Cell,
        rows: dict[int, int],
        at: Callable[[Range], str],
    ) -> None:
        first, last = self._columns(line, cell)
        target = sheet.cell(row, first)
        if cell.sum_of:
            letter = get_column_letter(first)
            start, end = (rows[id(summed)] for summed in cell.sum_of)
            target.value = f"=SUM({letter}{start}:{letter}{end})"
        elif isinstance(cell.value, Formula):
            target.value = f"={cell.value.text.format(*map(at, cell.value.ranges))}"
        elif cell.value != "":
            put(target, cell.value)
        if cell.link:
            target.hyperlink = cell.link
        for down in range(row, row + cell.rows):
            for across in range(first, last + 1):
                sheet.cell(down, across).style = cell.style
        if cell.shrinks:
            target.alignment = Alignment(target.alignment.horizontal, "top", shrink_to_fit=True)
        if last > first or cell.rows > 1:
            sheet.merge_cells(start_row=row, start_column=first, end_row=row + cell.rows - 1, end_column=last)

    def repeated(self, page: float, table: tuple[int, int, int] | None) -> tuple[int, int] | None:
        """The heading of ``table`` (first and last line of its heading, its last line) if it is to stand on every page.

        It is where the table goes on over a page of ``page`` points, or nothing follows the table; else it would only stand
        above words it has nothing to do with.
        """
        if table is None:
            return None
        first, last, end = table
        _breaks, pages = self.paging(page, (first, last))
        followed = any(line.cells for line in self.lines[end + 1 :])
        return (first, last) if not followed or pages[first] != pages[end] else None

    def paging(self, page: float, repeated: tuple[int, int] | None) -> tuple[list[int], list[int]]:
        """The numbers of the rows after which a page must end so that what belongs together stays so; the page of each line."""
        again = sum(line.height for line in self.lines[repeated[0] : repeated[1] + 1]) if repeated else 0.0
        found: list[int] = []
        pages: list[int] = []
        number, left, at = 1, page, 0
        while at < len(self.lines):
            end = at
            while self.lines[end].keep and end + 1 < len(self.lines):
                end += 1
            group = self.lines[at : end + 1]
            height = sum(line.height for line in group)
            room = page - (again if repeated and at > repeated[1] else 0.0)
            if left < height <= room and at:
                found.append(at)
                number, left = number + 1, room
            for line in group:
                if line.height > left:
                    number, left = number + 1, room
                left -= line.height
                pages.append(number)
            at = end + 1
        return found, pages


def _edges(line: Line) -> tuple[float, ...]:
    return tuple(sorted({round(edge, 3) for cell in line.cells for edge in (cell.start, cell.end)}))


def set_up(sheet: Worksheet, *, landscape: bool, grid: Grid, table: tuple[int, int, int] | None) -> None:
    """A4 with the margins of official papers, one page wide, the heading of the table on every page, numbered from the second."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left, margins.right, margins.top, margins.bottom = LEFT * MM, RIGHT * MM, TOP * MM, BOTTOM * MM
    margins.header = margins.footer = 10 * MM
    sheet.print_options.horizontalCentered = False
    sheet.sheet_view.showGridLines = False
    sheet.print_area = f"A1:{get_column_letter(len(grid.edges) - 1)}{max(1, len(grid.lines))}"
    page = ((SHORT if landscape else LONG) - TOP - BOTTOM) * 72 / 25.4 - SLACK
    repeated = grid.repeated(page, table)
    if repeated is not None:
        sheet.print_title_rows = f"{repeated[0] + 1}:{repeated[1] + 1}"
    for row in grid.paging(page, repeated)[0]:
        sheet.row_breaks.append(Break(id=row))
    sheet.HeaderFooter.differentFirst = True
    sheet.oddHeader.center.text = "&P"
    sheet.oddHeader.center.font, sheet.oddHeader.center.size = "Times New Roman,Regular", 13
