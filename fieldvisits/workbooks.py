"""Workbooks (xlsx) as people send them: read with care, written so that text stays text.

Reading trusts nothing: the size, the number and unpacked size of the parts inside, and the number of rows are checked before
and while a file is opened. Formulas are never evaluated, neither here nor by whoever opens what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from accounts.text import clean

from .archives import TooLarge, open_zip

#: Largest file, and largest content once unpacked, in bytes.
MOST_BYTES = 5_000_000
MOST_UNPACKED = 40_000_000
#: Most parts inside the file, filled rows below the headings, last row looked at, columns, characters kept of one cell.
MOST_PARTS = 500
MOST_ROWS = 5_000
LAST_ROW = 20_000
MOST_COLUMNS = 60
MOST_TEXT = 32_767

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DATE_FORMAT = "dd/mm/yyyy"
TEXT_FORMAT = "@"
_MARK = PatternFill("solid", fgColor="FFF4CCCC")
_HEAD = PatternFill("solid", fgColor="FFE8EEF7")

Source = str | Path | bytes | IO[bytes]


class Unreadable(Exception):
    """The file cannot be used at all; the text is a sentence for whoever sent it."""


@dataclass(frozen=True)
class Raw:
    """A cell as it stands in the file; ``kind`` is "text", "number", "date", "formula", "error", "yes-no" or "empty"."""

    value: Any = None
    kind: str = "empty"

    def __bool__(self) -> bool:
        return self.kind != "empty"


@dataclass
class Sheet:
    """A sheet with headings in its first row. ``rows`` are (number in the file, cells), blank rows left out."""

    title: str
    headings: list[str]
    rows: list[tuple[int, list[Raw]]] = field(default_factory=list)


def read_sheet(source: Source, titles: Sequence[str] = ()) -> Sheet:
    """The sheet of the workbook that bears one of ``titles``, else its first; Unreadable with a sentence."""
    data = _bytes(source)
    _refuse_bombs(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl lets whatever its parser meets through
        raise Unreadable(_broken()) from error
    try:
        sheets = list(book.worksheets)
        if not sheets:
            raise Unreadable(_("The workbook has no sheet with cells."))
        wanted = {title.casefold() for title in titles}
        chosen = next((s for s in sheets if clean(s.title).casefold() in wanted), sheets[0])
        return _read(chosen)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_broken()) from error
    finally:
        book.close()


def _broken() -> str:
    return _(
        "The file is damaged or is not an Excel workbook (.xlsx). Save it again as .xlsx and try once more."
    )


def _bytes(source: Source) -> bytes:
    try:
        if isinstance(source, bytes):
            data = source
        elif isinstance(source, str | Path):
            with Path(source).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        else:
            source.seek(0)
            data = source.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unreadable(_("The file cannot be read: %(reason)s.") % {"reason": reason}) from error
    if len(data) > MOST_BYTES:
        raise Unreadable(
            _("The file is larger than %(most)d MB. Split it into several.")
            % {"most": MOST_BYTES // 1_000_000}
        )
    if not data:
        raise Unreadable(_("The file is empty."))
    return data


def _refuse_bombs(data: bytes) -> None:
    """Look at the zip directory before anything is unpacked, and for entity declarations before anything is parsed."""
    try:
        with open_zip(data, most_parts=MOST_PARTS, most_unpacked=MOST_UNPACKED) as archive:
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        text = stream.read()
                    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                        raise Unreadable(_broken())
    except TooLarge as error:
        raise Unreadable(
            _("The workbook is far larger once unpacked than a list can be; it is not opened.")
        ) from error
    except Unreadable:
        raise
    except Exception as error:  # a broken archive: bad checksum, encryption, unknown compression …
        raise Unreadable(_broken()) from error


def _read(source: Any) -> Sheet:
    source.reset_dimensions()  # what the file says of its own size is not believed
    title = clean(source.title)
    first = next(source.iter_rows(max_row=1, max_col=MOST_COLUMNS), ())
    headings = [clean(str(raw.value)) if raw else "" for raw in map(_raw, first)]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise Unreadable(_("The first row of the sheet “%(title)s” holds no headings.") % {"title": title})
    sheet = Sheet(title, headings)
    # A row that claims to be far below comes after all the blank ones between: those are not waited for.
    below = source.iter_rows(min_row=2, max_row=LAST_ROW + 1, max_col=len(headings))
    for number, cells in enumerate(below, start=2):
        if number > LAST_ROW:
            raise Unreadable(
                _("The sheet reaches below row %(last)d. Delete the empty rows below the list, or split it.")
                % {"last": LAST_ROW}
            )
        raws = [_raw(cell) for cell in cells]
        if not any(raws):
            continue
        if len(sheet.rows) == MOST_ROWS:
            raise Unreadable(
                _("The sheet has more than %(most)d filled rows. Split it into several files.")
                % {"most": MOST_ROWS}
            )
        sheet.rows.append((number, raws))
    return sheet


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return Raw()
    if cell.data_type == "f":
        text = value if isinstance(value, str) else getattr(value, "text", None) or "="
        return Raw(str(text)[:MOST_TEXT], "formula")
    if cell.data_type == "e":
        return Raw(str(value), "error")
    if isinstance(value, bool):
        return Raw(value, "yes-no")
    if isinstance(value, datetime):
        return Raw(value, "date")
    if isinstance(value, date):
        return Raw(datetime(value.year, value.month, value.day), "date")
    if isinstance(value, int | float):
        return Raw(value, "number")
    text = clean(str(value)[:MOST_TEXT])
    return Raw(text, "text") if text else Raw()


# --- Writing ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A column to write: its title, its width in characters, "text" or "date" for the cells below."""

    title: str | Promise
    width: int = 18
    kind: str = "text"


def put(cell: Cell, value: Any) -> None:
    """Write ``value``; text stays text, whatever it begins with."""
    if isinstance(value, str | Promise):
        cell.value = clean(str(value))[:MOST_TEXT]
        if cell.value:
            cell.data_type = "s"
            cell.quotePrefix = str(cell.value)[:1] in ("=", "+", "-", "@")
    elif isinstance(value, datetime | date):
        cell.value = value
        cell.number_format = DATE_FORMAT
    else:
        cell.value = value if abs(value) < 1e300 else str(value)


def add_table(
    book: Workbook, title: str, headings: Sequence[Heading], rows: Sequence[Sequence[Any]] = ()
) -> Worksheet:
    """A sheet with bold headings that stay in sight, ``rows`` below, and column formats for what is typed later."""
    sheet = book.create_sheet(clean(title)[:31])
    for number, heading in enumerate(headings, start=1):
        cell = sheet.cell(1, number)
        put(cell, str(heading.title))
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = heading.width
        dimension.number_format = DATE_FORMAT if heading.kind == "date" else TEXT_FORMAT
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            put(cell, value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    return sheet


def new_book() -> Workbook:
    """A workbook without a sheet yet."""
    book = Workbook()
    book.remove(book.active)
    return book


def as_bytes(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def marked_copy(
    sheet: Sheet,
    headings: Sequence[Heading],
    marks: Sequence[tuple[int, int, str]],
    title: str,
    columns: Sequence[str],
) -> bytes:
    """The sheet again, each cell where it was, with ``marks`` - (row, column from 1, sentence) - as colour and comment.

    A second sheet, ``title``, lists them under the headings ``columns`` (row, column, sentence). Formulas come out as text.
    """
    book = new_book()
    copy = add_table(book, sheet.title, headings)
    for number, raws in sheet.rows:
        for column, raw in enumerate(raws, start=1):
            if raw:
                put(copy.cell(number, column), raw.value)
    for (row, column), sentences in _gathered(marks).items():
        cell = copy.cell(row, max(column, 1))
        cell.fill = _MARK
        cell.comment = Comment(clean("\n".join(sentences))[:1000], "1+2", width=320, height=90)
    titles = [str(h.title) for h in headings]
    listed = [
        (row, titles[column - 1] if 0 < column <= len(titles) else "", text) for row, column, text in marks
    ]
    widths = (8, 24, 90)
    add_table(
        book, title, [Heading(name, width) for name, width in zip(columns, widths, strict=True)], listed
    )
    return as_bytes(book)


def _gathered(marks: Sequence[tuple[int, int, str]]) -> dict[tuple[int, int], list[str]]:
    gathered: dict[tuple[int, int], list[str]] = {}
    for row, column, sentence in marks:
        gathered.setdefault((row, column), []).append(sentence)
    return gathered


def cells_of(sheet: Sheet, columns: Sequence[int | None]) -> Iterator[tuple[int, list[Raw]]]:
    """Each row with its cells in the order of ``columns`` (positions in the sheet, None for a column it lacks)."""
    for number, raws in sheet.rows:
        yield number, [raws[c] if c is not None and c < len(raws) else Raw() for c in columns]
