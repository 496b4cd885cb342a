"""Official papers as Excel workbooks: the same paper, from the same description, as ``reports.papers.form`` writes in Word.

A sheet is put together only at the end: its columns are those of its widest table, everything else spans several of them. Rows
get the height of what is in them. Numbers and dates stay numbers and dates; a total which is the sum of its column is a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from io import BytesIO
from itertools import pairwise, zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import quote_sheetname

from accounts import clock

from ..papers.words import (
    ISSUER,
    LEFT,
    LONG,
    RIGHT,
    SHORT,
    UNION,
    Column,
    Row,
    Section,
    Signature,
    basis_lines,
    heading_rows,
    issuer_lines,
    place_and_day,
    printable,
    property_text,
    qr_png,
    receiver_lines,
    union_of,
)
from .grid import DEFAULT_FONT, Cell, Formula, Grid, Line, Range, set_up, split
from .measures import line_height, lines_of
from .styles import FONT, FORMATS, sheet_title

#: Points; Excel's rows reach 409.
TALLEST = 400.0
#: A lower table stays on one page; this far above a signature a table goes with it.
WHOLE, NEAR_SIGNATURE = 200.0, 160.0
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="FFEDEDED")
_QR = 32.0


@dataclass
class _Sheet:
    """What one sheet will hold. ``table`` is where its longest table begins, its heading ends, it ends itself."""

    name: str
    landscape: bool
    lines: list[Line] = field(default_factory=list)
    table: tuple[int, int, int] | None = None
    longest: int = -1
    is_last_whole: bool = False

    @property
    def width(self) -> float:
        """Of the text, mm; a hair less than the paper has, so that nothing is made smaller to fit."""
        return (LONG if self.landscape else SHORT) - LEFT - RIGHT - 1.0


class Paper:
    """An official paper, written from top to bottom; ``as_bytes`` is the .xlsx file. See ``words.Writer``."""

    def __init__(
        self,
        province: str,
        code: str = "",
        *,
        department: str = "",
        number: str = "",
        day: date | None = None,
        landscape: bool = False,
    ) -> None:
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.book._named_styles["Normal"].font = Font(*DEFAULT_FONT)
        self.book._fonts[0] = Font(*DEFAULT_FONT)
        self._sheets = [_Sheet("1", landscape)]
        self._styles: dict[str, NamedStyle] = {}
        self._last: Line | None = None
        self._heading(issuer_lines(province, code, department, number), place_and_day(province, day))
        properties = self.book.properties
        properties.creator = property_text(f"{union_of(province)} {province}")
        properties.created = properties.modified = clock.now().astimezone(UTC).replace(tzinfo=None)
        properties.language = "vi-VN"

    @property
    def _sheet(self) -> _Sheet:
        return self._sheets[-1]

    # What a paper says, from top to bottom

    def subject(self, kind: str, about: str = "") -> None:
        self._gap(12)
        self._whole(kind.upper(), "kind", size=16, bold=True, align="center", keep=True)
        if about:
            self._whole(about, "about", size=14, bold=True, align="center", keep=True)
        self._whole("---------", "rule", size=14, align="center", keep=True)
        self._gap(6)
        self._sheet.name = kind
        self.book.properties.title = property_text(f"{kind} {about}")

    def addressed_to(self, whom: str) -> None:
        self._whole(f"Kính gửi: {printable(whom)}", "addressee", size=14, bold=True, align="center")
        self._gap(6)

    def basis(self, documents: Iterable[str]) -> None:
        for line in basis_lines(documents):
            self.text(line, italic=True)

    def heading(self, text: str, level: int = 1) -> None:
        name = f"heading {level}"
        self._whole(printable(text), name, size=14, bold=True, italic=level > 1, keep=True)

    def text(self, text: str, *, italic: bool = False, bold: bool = False) -> None:
        name = " ".join(["text", *(["bold"] if bold else []), *(["italic"] if italic else [])])
        for line in printable(text).split("\n"):
            if line.strip():
                self._last = self._whole(
                    line.strip(), name, size=14, bold=bold, italic=italic, align="justify"
                )

    def items(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.text(f"- {printable(line)}")

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Row],
        *,
        total: Sequence[object] | None = None,
        size: float = 12,
    ) -> list[Range]:
        """Where its columns came to stand, without heading and total; none when it has no rows."""
        sheet, rows = self._sheet, list(rows)
        shares = sum(column.share for column in columns)
        edges, at = [0.0], 0.0
        for column in columns:
            at += column.share
            edges.append(sheet.width * at / shares)
        spans = list(pairwise(edges))
        first = len(sheet.lines)
        self._table_head(columns, edges, size)
        head = len(sheet.lines) - 1
        body: list[Line] = []
        for row in rows:
            if isinstance(row, Section):
                style = self._style(f"section {size:g}", size, bold=True, box=True)
                cell = Cell(0.0, sheet.width, printable(row.text), style, size, True)
                body += self._in_pieces([cell], keep=True)
                continue
            cells = [
                Cell(*span, *self._value(value, column.align, size))
                for value, column, span in zip(row, columns, spans, strict=True)
            ]
            lines = self._in_pieces(cells)
            for cell in lines[0].cells:
                if isinstance(cell.value, Formula):
                    cell.value = cell.value.bound(sheet, (lines[0], lines[0]), spans)
            body += lines
        sheet.lines += body
        if total is not None:
            sheet.lines.append(self._total(columns, spans, rows, body, total, size))
        if len(rows) > sheet.longest:
            sheet.longest, sheet.table = len(rows), (first, head, len(sheet.lines) - 1)
        lines = sheet.lines[first:]
        sheet.is_last_whole = sum(line.height for line in lines) < WHOLE
        if sheet.is_last_whole:
            for line in lines[:-1]:
                line.keep = True
        self._gap(8)
        return [Range(sheet, body[0], body[-1], *span) for span in spans] if body else []

    def code_beside(self, link: str, lines: Sequence[str]) -> None:
        sheet = self._sheet
        beside = _QR + 4
        style = self._style("beside", 13)
        texts = [Cell(beside, sheet.width, printable(line), style, 13) for line in lines]
        address = Cell(beside, sheet.width, printable(link), self._style("link", 11, link=True), 11)
        address.link = printable(link)
        found = [Line([cell], self._height([cell]), near=2.0) for cell in [*texts, address]]
        room = (_QR + 2) * 72 / 25.4
        spare = max(0.0, room - sum(line.height for line in found))
        found[0].image = lambda: _image(qr_png(link))
        found[-1].height += spare
        for line in found[:-1]:
            line.keep = True
        sheet.lines += found
        self._gap(8)

    def sign(self, right: Signature, *, left: Signature | None = None, receivers: Sequence[str] = ()) -> None:
        if self._last is not None:
            cell = self._last.cells[0]
            cell.value = str(cell.value).rstrip(". ") + "./."
            self._last.height = self._height([cell]) + 2
        self._gap(8, keep=True)
        self._keep_end()
        middle, width = self._sheet.width * 0.45, self._sheet.width
        second = self._signature(right, middle, width)
        first = self._signature(left, 0.0, middle) if left else []
        # the names stand side by side, whatever stands above them
        for side in (first, second):
            while side and len(side) < max(len(first), len(second)):
                side.insert(-2, None)
        lines = [
            Line([cell for cell in pair if cell is not None], 0.0, keep=True)
            for pair in zip_longest(first, second)
        ]
        for line in lines:
            line.height = self._height(line.cells)
        room = lines[-2]  # for signature and stamp
        room.height = 66.0
        if not left and receivers:
            title, names = self._receivers(receivers, middle, rows=len(lines) - 1)
            lines[0].cells.insert(0, title)
            lines[1].cells.insert(0, names)
            missing = self._height([names]) - sum(line.height for line in lines[1:])
            room.height += max(0.0, missing)
        self._sheet.lines += lines
        self._sheet.lines[-1].keep = False

    def _keep_end(self) -> None:
        """A signature never stands alone on a page: the last words go with it, and the end of a table that is near."""
        lines, height, at = self._sheet.lines, 0.0, len(self._sheet.lines)
        words = at
        while at and height < NEAR_SIGNATURE and not lines[at - 1].is_table:
            at -= 1
            height += lines[at].height
            if lines[at].cells and words == len(lines):
                words = at
        tail = sum(line.height for line in lines[max(0, at - 2) : at])
        near = at and lines[at - 1].is_table and not self._sheet.is_last_whole and tail < NEAR_SIGNATURE
        for line in lines[at - 1 if near else words :]:
            line.keep = True

    def annex(self, title: str, about: str = "", *, landscape: bool = False, name: str = "") -> None:
        self._sheets.append(_Sheet(name or title, landscape))
        self._whole(printable(title), "annex", size=14, bold=True, align="center", keep=True)
        if about:
            self._whole(printable(about), "annex about", size=14, italic=True, align="center", keep=True)
        self._gap(6, keep=True)

    def as_bytes(self) -> bytes:
        taken: set[str] = set()
        pages, grids = {}, {}
        for sheet in self._sheets:
            name = _own_name(sheet.name, taken)
            taken.add(name.casefold())
            pages[id(sheet)] = self.book.create_sheet(name)
            grids[id(sheet)] = Grid(sheet.width, sheet.lines)
        for sheet in self._sheets:
            page, grid = pages[id(sheet)], grids[id(sheet)]

            def at(wanted: Range, here: Any = page) -> str:
                there, address = pages[id(wanted.sheet)], grids[id(wanted.sheet)].address(wanted)
                return address if there is here else f"{quote_sheetname(there.title)}!{address}"

            grid.write(page, at)
            set_up(page, landscape=sheet.landscape, grid=grid, table=sheet.table)
        stream = BytesIO()
        self.book.save(stream)
        return stream.getvalue()

    # How it is set

    def _heading(self, issuer: list[tuple[str, bool]], place: str) -> None:
        sheet = self._sheet
        middle = ISSUER + (sheet.width - ISSUER - UNION) / 2
        for at, (text, bold) in enumerate(issuer):
            left = Cell(
                0.0,
                middle,
                text,
                self._style("issuer bold" if bold else "issuer", 13, bold=bold, align="center"),
                13,
                bold,
            )
            # the widest line keeps its one line, a little smaller if it must
            left.shrinks = at == 0
            cells = [left]
            if at == 0:
                style = self._style("union", 15, bold=True, align="center", underline=True)
                cells.append(
                    Cell(middle, sheet.width, "ĐOÀN TNCS HỒ CHÍ MINH", style, 15, True, shrinks=True)
                )
            elif at == len(issuer) - 1:
                style = self._style("place", 13, italic=True, align="center")
                cells.append(Cell(middle, sheet.width, place, style, 13, shrinks=True))
            line = Line(cells, self._height(cells), keep=True)
            sheet.lines.append(line)

    def _table_head(self, columns: Sequence[Column], edges: list[float], size: float) -> None:
        style = self._style(f"table head {size:g}", size, bold=True, align="center", box=True, fill=True)
        found = []
        for row in heading_rows(columns):
            cells = [
                Cell(edges[at], edges[at + across], printable(text), style, size, True, rows=down)
                for at, (text, across, down) in enumerate(row)
                if across
            ]
            found.append(
                Line(cells, self._height([c for c in cells if c.rows == 1]), keep=True, is_table=True)
            )
        tallest = max((self._height([c]) for line in found for c in line.cells if c.rows > 1), default=0.0)
        found[-1].height += max(0.0, tallest - sum(line.height for line in found))
        self._sheet.lines += found

    def _total(self, columns, spans, rows, body: list[Line], total: Sequence[object], size: float) -> Line:
        cells = []
        for at, (value, column, span) in enumerate(zip(total, columns, spans, strict=True)):
            cell = Cell(*span, *self._value(value, column.align, size, bold=True))
            numbers = [row[at] for row in rows if not isinstance(row, Section)]
            if _is_number(value) and numbers and sum(n for n in numbers if _is_number(n)) == value:
                cell.sum_of = (body[0], body[-1])
            elif isinstance(cell.value, Formula) and body:
                cell.value = cell.value.bound(self._sheet, (body[0], body[-1]), spans)
            cells.append(cell)
        if body:
            body[-1].keep = True  # a total never stands alone on a page
        return Line(cells, self._height(cells), is_table=True)

    def _value(
        self, value: object, align: str, size: float, *, bold: bool = False
    ) -> tuple[Any, str, float, bool]:
        shown = value.value if isinstance(value, Formula) else value
        kind = "number" if _is_number(shown) else "date" if isinstance(shown, date) else "text"
        if kind == "number" and not float(shown).is_integer():  # type: ignore[arg-type]
            kind = "fraction"
        name = f"cell {kind} {align} {size:g}{' total' if bold else ''}"
        style = self._style(name, size, bold=bold, align=align, box=True, kind=kind)
        is_text = kind == "text" and not isinstance(value, Formula)
        return (printable(value) if is_text else value), style, size, bold

    def _in_pieces(self, cells: list[Cell], *, keep: bool = False) -> list[Line]:
        """A row of a table; what is too tall for a row of Excel goes on in the next."""
        most = int(TALLEST / line_height(max(cell.size for cell in cells))) - 1
        lines: list[Line] = []
        while True:
            here, rest = [], []
            for cell in cells:
                head, tail = split(cell, most)
                here.append(head)
                rest.append(tail)
            lines.append(Line(here, self._height(here), keep=keep, is_table=True))
            if not any(cell.value for cell in rest):
                return lines
            cells = rest

    def _whole(
        self,
        text: str,
        name: str,
        *,
        size: float,
        bold: bool = False,
        italic: bool = False,
        align: str = "left",
        keep: bool = False,
    ) -> Line:
        """A paragraph across the whole width; in several rows if one is too small."""
        style = self._style(name, size, bold=bold, italic=italic, align=align)
        cell = Cell(0.0, self._sheet.width, printable(text), style, size, bold)
        most = int(TALLEST / line_height(size)) - 1
        while True:
            cell, rest = split(cell, most)
            line = Line([cell], self._height([cell]) + 2, keep=keep)
            self._sheet.lines.append(line)
            if not rest.value:
                return line
            cell = rest

    def _gap(self, height: float, *, keep: bool = False) -> None:
        self._sheet.lines.append(Line([], height, keep=keep))

    def _signature(self, signature: Signature, start: float, end: float) -> list[Cell | None]:
        """The lines of a signature; the last but one is the room to sign in."""
        post = self._style("sign post", 14, bold=True, align="center")
        hint = self._style("sign hint", 12, italic=True, align="center")
        cells = [Cell(start, end, printable(line), post, 14, True, shrinks=True) for line in signature.lines]
        if signature.hint:
            cells.append(Cell(start, end, signature.hint, hint, 12))
        name = Cell(
            start,
            end,
            printable(signature.name),
            self._style("sign name", 14, bold=True, align="center"),
            14,
            True,
        )
        return [*cells, Cell(start, end, "", hint, 12), name]

    def _receivers(self, receivers: Sequence[str], end: float, rows: int) -> tuple[Cell, Cell]:
        title = self._style("receivers title", 13, bold=True, italic=True)
        names = "\n".join(receiver_lines(receivers))
        return (
            Cell(0.0, end, "Nơi nhận:", title, 13, True),
            Cell(0.0, end, names, self._style("receivers", 12), 12, rows=rows),
        )

    def _height(self, cells: Sequence[Cell]) -> float:
        return max(
            (
                line_height(c.size)
                * (1 if c.shrinks else len(lines_of(c.shown, c.end - c.start, c.size, c.bold)))
                + 3
                for c in cells
            ),
            default=6.0,
        )

    def _style(
        self,
        name: str,
        size: float,
        *,
        bold: bool = False,
        italic: bool = False,
        underline: bool = False,
        align: str = "left",
        box: bool = False,
        fill: bool = False,
        link: bool = False,
        kind: str = "",
    ) -> str:
        """The named style ``name``, made at its first use."""
        full = f"fv paper {name}"
        if full not in self._styles:
            style = self._styles[full] = NamedStyle(
                full,
                font=Font(
                    FONT,
                    size,
                    bold=bold,
                    italic=italic,
                    underline="single" if underline or link else None,
                    color="FF0B3D91" if link else "FF000000",
                ),
                alignment=Alignment(
                    align, "center" if fill else "top", wrap_text=kind not in ("number", "fraction", "date")
                ),
                number_format={"": "General", "fraction": "#,##0.0"}.get(kind) or FORMATS[kind],
            )
            if box:
                style.border = _BOX
            if fill:
                style.fill = _HEAD
            self.book.add_named_style(style)
        return full


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _own_name(wanted: str, taken: set[str]) -> str:
    name, number = sheet_title(wanted), 1
    while name.casefold() in taken:
        number += 1
        name = f"{sheet_title(wanted)[:27]} {number}"
    return name


def _image(png: bytes) -> Image:
    image = Image(BytesIO(png))
    image.width = image.height = round(_QR * 96 / 25.4)
    return image
