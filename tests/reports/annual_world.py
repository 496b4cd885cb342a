"""A small year with its annual report, and its workbook read back."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from fieldvisits.models import YearRule
from tests.factories import (
    make_adhoc,
    make_annual_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)


def make_year(cast, now):
    """An: 2 days in January and 1 in December at Định Hóa; Bình: 3 ad-hoc days in May at Bình Yên, of which one is not ticked; Hà's visit
    in January was called off. Two recommendations, one settled. Today is 5 January 2027."""
    dinh_hoa = make_unit(cast, "Huyện đoàn Định Hóa")
    binh_yen = make_unit(cast, "Xã đoàn Bình Yên", level="commune")
    make_unit(cast, "Chi đoàn xóm 5", level="branch")
    visit = make_visit(cast, first=date(2026, 1, 20), unit=dinh_hoa, content="=1+1")
    YearRule.objects.filter(province=cast.province).update(legal_basis="Nghị quyết số 1\nKế hoạch số 2")
    make_recommendation(cast, make_result(cast, visit), "settled")
    cancelled = make_visit(cast, cast.other_officer, first=date(2026, 1, 20), unit=dinh_hoa)
    now.move_to("2026-02-01T08:00:00+07:00")
    cancelled.perform("close", by=cast.other_officer, comment="Dịch", variance="epidemic")
    now.move_to("2026-05-10T08:00:00+07:00")
    adhoc = make_adhoc(cast, cast.colleague, "consented", first=date(2026, 5, 11), days=3, unit=binh_yen)
    result = make_result(cast, adhoc.visit, days=[date(2026, 5, 11), date(2026, 5, 13)])
    make_recommendation(cast, result, "open")
    now.move_to("2027-01-05T08:00:00+07:00")
    december = make_visit(cast, first=date(2026, 12, 1), days=1, unit=dinh_hoa, group=3)
    make_result(cast, december, "accepted")
    return cast


def final_report(cast, state="sent"):
    report = make_annual_report(cast, state, "final")
    report.refresh_from_db()
    return report


def opened(content: bytes):
    return load_workbook(BytesIO(content))


def values(content: bytes) -> dict[str, list[list[Any]]]:
    """Every cell of every sheet, formulas as they are written."""
    return {s.title: [[c.value for c in row] for row in s.iter_rows()] for s in opened(content)}


def filled(rows) -> list[list[Any]]:
    return [found for row in rows if (found := [v for v in row if v is not None])]


class Calculator:
    """Enough of a spreadsheet to work out the formulas of our papers."""

    def __init__(self, content: bytes) -> None:
        self.book = opened(content)

    def value(self, sheet: str, cell: str) -> Any:
        found = self.book[sheet][cell].value
        if not (isinstance(found, str) and found.startswith("=")):
            return found or 0
        return self._compute(found[1:], sheet)

    def _cells(self, text: str, sheet: str) -> list[Any]:
        match = re.fullmatch(r"(?:'((?:[^']|'')+)'!)?(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)", text)
        assert match, text
        there = (match[1] or sheet).replace("''", "'")
        left, top, right, bottom = range_boundaries(match[2].replace("$", ""))
        assert left == right, text
        letter = re.match(r"\$?([A-Z]+)", match[2])[1]
        return [self.value(there, f"{letter}{row}") for row in range(top, bottom + 1)]

    def _compute(self, text: str, sheet: str) -> Any:
        if match := re.fullmatch(r"(\$[A-Z]+\$\d+)-(\$[A-Z]+\$\d+)", text):
            return self._cells(match[1], sheet)[0] - self._cells(match[2], sheet)[0]
        if match := re.fullmatch(r"SUMPRODUCT\(ABS\((.+)\)\)", text):
            return sum(abs(v) for v in self._cells(match[1], sheet))
        if text == "0":
            return 0
        return sum(self._call(part, sheet) for part in re.split(r"\+(?=SUMIFS)", text))

    def _call(self, text: str, sheet: str) -> Any:
        name, inside = re.fullmatch(r"([A-Z]+)\((.*)\)", text).groups()
        parts = re.findall(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')+'![^,]+|[^,]+", inside)
        if name == "SUM":
            return sum(v for part in parts for v in self._cells(part, sheet))
        if name == "ROWS":
            return len(self._cells(parts[0], sheet))
        summed = self._cells(parts.pop(0), sheet) if name == "SUMIFS" else None
        columns = [self._cells(part, sheet) for part in parts[::2]]
        wanted = [part.strip('"') for part in parts[1::2]]
        holds = [
            all((v > 0) if w == ">0" else str(v) == w for v, w in zip(row, wanted, strict=True))
            for row in zip(*columns, strict=True)
        ]
        return sum(holds) if summed is None else sum(v for v, h in zip(summed, holds, strict=True) if h)
