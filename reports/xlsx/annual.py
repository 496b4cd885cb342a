"""The annual report as a workbook: the summary as it is signed, a sheet for each annex, and the reconciliation."""

from __future__ import annotations

from django.utils.translation import override

from ..figures import Table, headline_table, tables
from ..papers.annual import AnnualFacts, begin, end, summary, write_annexes, write_tables
from ..papers.words import Column
from ..reconciliation import Check, Way, checks
from .grid import Formula, Range
from .papers import Paper

_COLUMNS = (
    Column("TT", 8, "center"),
    Column("Số liệu", 44),
    Column("Cách tính thứ nhất", 46),
    Column("Cách tính thứ hai", 46),
    Column("Kết quả thứ nhất", 16, "right"),
    Column("Kết quả thứ hai", 16, "right"),
    Column("Chênh lệch", 16, "right"),
    Column("Số trong báo cáo", 16, "right"),
    Column("Chênh lệch", 16, "right"),
)
_FIRST, _SECOND, _BETWEEN, _TOLD, _TO_TOLD = 4, 5, 6, 7, 8
NOT_KEPT = "Bản này không lưu"


def annual_workbook(facts: AnnualFacts) -> bytes:
    """The report as an .xlsx file."""
    with override("vi"):
        paper = Paper(facts.province, facts.code, number=facts.plain_number, day=facts.day)
        begin(paper, facts)
        found = tables(facts.figures)
        before = [headline_table(facts.figures), *summary(facts, found)]
        places: dict[str, list[Range]] = write_tables(paper, before)
        paper.text("Số liệu chi tiết tại các phụ lục và biểu đối chiếu kèm theo.")
        end(paper, facts)
        places |= write_annexes(paper, facts, found)
        paper.annex(
            "ĐỐI CHIẾU SỐ LIỆU",
            "Mỗi số được tính theo hai cách từ các biểu trong tệp này; chênh lệch phải bằng 0",
            landscape=True,
            name="Đối chiếu",
        )
        by_key = {table.key: table for table in (*before, *found)}
        rows = [
            _row(number, check, by_key, places) for number, check in enumerate(checks(facts.figures), start=1)
        ]
        paper.table(_COLUMNS, rows, total=_total(rows), size=9)
        return paper.as_bytes()


def _row(
    number: int, check: Check, by_key: dict[str, Table], places: dict[str, list[Range]]
) -> tuple[object, ...]:
    values = [way.value(by_key) for way in (check.first, check.second)]
    first, second = (
        _computed(way, value, by_key, places)
        for way, value in zip((check.first, check.second), values, strict=True)
    )
    between: object = ""
    to_told: object = ""
    if None not in values:
        between = Formula("{1}-{0}", (_FIRST, _SECOND), values[1] - values[0])  # type: ignore[operator]
        to_told = Formula("{1}-{0}", (_TOLD, _FIRST), values[0] - check.told)  # type: ignore[operator]
    return (
        number,
        check.what,
        check.first.words,
        check.second.words,
        first,
        second,
        between,
        check.told,
        to_told,
    )


def _computed(
    way: Way, value: int | None, by_key: dict[str, Table], places: dict[str, list[Range]]
) -> object:
    """A way as a formula over where its table stands."""
    if value is None:
        return NOT_KEPT

    def place(key: str, column: str) -> Range | None:
        if key not in places:
            return None
        names = [c.name for c in by_key[key].columns]
        first = len(places[key]) - len(names)  # behind the rows' numbers
        return places[key][first + names.index(column) if column else 0]

    text, ranges = way.formula(place)
    return Formula(text, ranges, value)


def _total(rows: list[tuple[object, ...]]) -> list[object]:
    """Below the differences the sum of what they are, whatever their sign."""

    def amount(column: int) -> Formula:
        found = [row[column] for row in rows]
        value = sum(abs(cell.value) for cell in found if isinstance(cell, Formula))
        return Formula(
            "SUMPRODUCT(ABS(N(+{0})))" if "" in found else "SUMPRODUCT(ABS({0}))", (column,), value
        )

    return [
        "",
        "Tổng chênh lệch",
        "",
        "",
        "",
        "",
        amount(_BETWEEN),
        "",
        amount(_TO_TOLD),
    ]
