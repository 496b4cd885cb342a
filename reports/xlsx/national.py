"""All that provinces have sent, for the Central Union: a sheet that compares them, then each annex with the provinces below each other.

Everything comes from the figures frozen in the reports. Of a province's year the final report is taken when it has been sent, else the
provisional one, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import chain, islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import NamedStyle
from openpyxl.utils import get_column_letter

from accounts.models import User
from accounts.text import fold

from ..base import Column, Value, percent
from ..figures import Table, tables
from ..models import SECTIONS, AnnualReport, Version, as_read_by
from ..papers.annual import ANNEXES
from .styles import named_styles, put, sheet_title
from .tables import HEADING_ROW, height_of, make_room, rooms_of, set_up, widths_of

#: Reports read at a time: their figures are large.
PORTION = 20


def national_workbook(reports: QuerySet[AnnualReport], year: int | None, reader: User) -> bytes:
    """``reports`` as the Central Union's ``reader`` may read them, as an .xlsx file; ``year`` is the one they are about, None for
    several."""
    with override("vi"):
        found = _in_order(reports, reader)
        book = Workbook(write_only=True)
        styles = named_styles()
        for style in styles.values():
            book.add_named_style(style)
        when = f"Năm {year}" if year else "Các năm"
        about = f"{when} · {len(found)} báo cáo các tỉnh, thành đoàn đã gửi; số liệu như đã duyệt"
        _sheet(
            book, styles, "So sánh", "So sánh các tỉnh, thành đoàn", about, _COMPARED, map(_compared, found)
        )
        parts = [(report, {table.key: table for table in tables(report.figures)}) for report in found]
        for annex in ANNEXES[:-1]:
            for key in _keys(parts, annex.letter):
                of_key = [(report, own[key]) for report, own in parts if key in own]
                title = of_key[0][1].title
                name = f"{annex.letter} - {title}"
                _sheet(book, styles, name, f"Phụ lục {annex.letter}. {title}", about, *_stacked(of_key))
        stream = BytesIO()
        book.save(stream)
        return stream.getvalue()


def _in_order(reports: QuerySet[AnnualReport], reader: User) -> list[AnnualReport]:
    """By year, newest first, then by province; one report for each. Of the visits only the ad-hoc ones are kept in memory."""
    found: dict[tuple[int, int], AnnualReport] = {}
    for report in chain.from_iterable(_portions(reports, reader)):
        key = (report.year, report.province_id)
        if key not in found or report.version == Version.FINAL:
            found[key] = report
        if "visit_list" in report.figures:
            report.figures["visit_list"] = [v for v in report.figures["visit_list"] if v["adhoc"]]
    return sorted(found.values(), key=lambda r: (-r.year, fold(r.province.name), r.pk))


def _portions(reports: QuerySet[AnnualReport], reader: User) -> Iterator[list[AnnualReport]]:
    rows = reports.select_related("province").defer(*SECTIONS).iterator(chunk_size=PORTION)
    while portion := list(islice(rows, PORTION)):
        yield as_read_by(reader, portion)


def _keys(parts: Iterable[tuple[AnnualReport, dict[str, Table]]], letter: str) -> list[str]:
    """The tables of an annex in any of the reports, in their order."""
    every = chain.from_iterable(own.values() for _report, own in parts)
    return list(dict.fromkeys(table.key for table in every if table.annex == letter))


# --- The comparison --------------------------------------------------------------------------------------------------------------


def _own(name: str, title: str, kind: str = "text", width: int = 12) -> Column:
    return Column(name, title, lambda row: row[name], kind, width, is_heading=name == "province")


def _count(name: str, title: str) -> Column:
    return Column(name, title, lambda row: row[name], "number", 11, total=True)


_COMPARED = (
    _own("province", "Tỉnh đoàn", width=22),
    _own("year", "Năm", width=8),
    _own("version", "Báo cáo", width=14),
    _own("number", "Số văn bản", width=22),
    _own("sent_on", "Ngày gửi", "date", 12),
    _count("officers", "Cán bộ thuộc diện"),
    _count("met", "Đạt, vượt"),
    _own("met_percent", "Tỷ lệ đạt (%)", "number", 9),
    _count("owed", "Số ngày phải đi"),
    _count("accepted", "Ngày đã xác nhận"),
    _own("percent", "Tỷ lệ ngày (%)", "number", 9),
    _count("registered", "Ngày đã đăng ký"),
    _count("approved", "Ngày đã duyệt"),
    _count("done", "Ngày đã báo cáo"),
    _count("confirmed", "Cơ sở xác nhận"),
    _count("adhoc", "Ngày đi đột xuất"),
    _count("visits", "Chuyến đi"),
    _count("units", "Đơn vị"),
    _count("visited", "Đơn vị đã đến"),
    _count("recommendations", "Kiến nghị"),
    _count("settled", "Đã giải quyết"),
    _count("passed_up", "Chuyển cấp trên"),
)


def _compared(report: AnnualReport) -> dict[str, Any]:
    figures = report.figures
    totals, raised = figures["totals"], figures["recommendations"]
    return {
        "province": report.province.name,
        "year": str(report.year),
        "version": str(report.get_version_display()),
        "number": report.number,
        "sent_on": report.sent_on,
        "officers": totals["with_quota"],
        "met": report.met,
        "met_percent": percent(report.met or 0, totals["with_quota"]),
        "owed": totals["owed"],
        "percent": percent(totals["accepted"], totals["owed"]),
        **{
            name: totals[name]
            for name in ("accepted", "registered", "approved", "done", "confirmed", "adhoc")
        },
        "visits": totals["visits"],
        "units": len(figures["units"]),
        "visited": totals["units_visited"],
        "recommendations": raised["total"],
        "settled": raised["settled"],
        "passed_up": raised["passed_up"],
    }


# --- The annexes ------------------------------------------------------------------------------------------------------------------


def _stacked(found: Sequence[tuple[AnnualReport, Table]]) -> tuple[tuple[Column, ...], Iterator[Any]]:
    """One annex of several provinces: the columns with whose it is before them, the rows below each other. What a report does not
    keep stands there as a row that says so."""
    columns = (
        Column("province", "Tỉnh đoàn", lambda row: row[0].province.name, width=22, is_heading=True),
        Column("year", "Năm", lambda row: str(row[0].year), width=8),
        *(_of_item(column) for column in found[0][1].columns),
    )

    def rows() -> Iterator[tuple[AnnualReport, Any]]:
        for report, table in found:
            if not table.is_kept:
                yield report, {column.name: table.note for column in table.columns[:1]}
            for item in table.rows:
                yield report, dict(zip((column.name for column in table.columns), item, strict=True))

    return columns, rows()


def _of_item(column: Column) -> Column:
    # what is a count in each province is added up here, too
    counts = column.kind == "number" and column.name != "group_number"
    return replace(
        column, value=lambda row: row[1].get(column.name), width=max(column.width, 11), total=counts
    )


def _sheet(
    book: Workbook,
    styles: dict[str, NamedStyle],
    name: str,
    title: str,
    about: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
) -> None:
    """One table as a sheet: title, what it is about, headings, rows, totals as formulas."""
    sheet = book.create_sheet(sheet_title(name))
    widths = widths_of(columns)
    set_up(sheet, columns, widths)

    def line(values: Iterable[Value], kinds: Iterable[str]) -> list[WriteOnlyCell]:
        cells = []
        for value, kind in zip(values, kinds, strict=True):
            cell = WriteOnlyCell(sheet)
            put(cell, value)
            cell.style = styles["text" if kind != "heading" and isinstance(value, str) else kind].name
            cells.append(cell)
        return cells

    sheet.append(_styled(sheet, styles["title"], title))
    sheet.append(_styled(sheet, styles["about"], about))
    sheet.append([])
    titles = [str(column.title) for column in columns]
    make_room(sheet, titles, widths)
    sheet.append(line(titles, ["heading"] * len(columns)))
    kinds, rooms = [column.kind for column in columns], rooms_of(columns, widths)
    count = 0
    for row in rows:
        values = [column.value(row) for column in columns]
        if height := height_of(values, rooms):
            sheet.row_dimensions[HEADING_ROW + 1 + count].height = height
        sheet.append(line(values, kinds))
        count += 1
    if count and any(column.total for column in columns):
        sheet.append(_totals(sheet, styles, columns, HEADING_ROW + count))


def _styled(sheet: Any, style: NamedStyle, text: str) -> list[WriteOnlyCell]:
    cell = WriteOnlyCell(sheet)
    put(cell, text)
    cell.style = style.name
    return [cell]


def _totals(
    sheet: Any, styles: dict[str, NamedStyle], columns: Sequence[Column], last: int
) -> list[WriteOnlyCell]:
    cells = []
    for number, column in enumerate(columns, start=1):
        cell, letter = WriteOnlyCell(sheet), get_column_letter(number)
        if column.total:
            cell.value = f"=SUM({letter}{HEADING_ROW + 1}:{letter}{last})"
        elif number == 1:
            put(cell, "Tổng cộng")
        cell.style = styles[f"{column.kind} total"].name
        cells.append(cell)
    return cells
