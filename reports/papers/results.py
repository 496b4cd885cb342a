"""The table of visits carried out, the same on the officer's and the department's result report (step 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fieldvisits.pages.quarter_reports import KINDS, Figure, VisitRow

from .plan_lines import ONCE, SMALL
from .words import Column, Row, Section, Writer

COLUMNS = (
    Column("TT", 10, "center"),
    Column("Từ ngày", 23, "center", "Thời gian thực tế"),
    Column("Đến ngày", 23, "center", "Thời gian thực tế"),
    Column("Số ngày", 14, "center"),
    Column("Đơn vị", 32),
    Column("Theo kế hoạch/ đột xuất", 22, "center"),
    Column("Kết quả", 54),
    Column("Khó khăn", 29),
    Column("Kiến nghị", 29),
    Column("Xác nhận của đơn vị", 22, "center"),
)


@dataclass(frozen=True)
class VisitDone:
    """A visit as its officer reported it: the first and last day really there (inclusive), and how many days."""

    first: date | None
    last: date | None
    days: int
    unit: str
    is_adhoc: bool = False
    result: str = ""
    difficulties: str = ""
    recommendations: str = ""
    confirmed: int = 0


@dataclass(frozen=True)
class NotDone:
    """An approved visit that was not carried out, with the reason."""

    who: str
    dates: str
    unit: str
    reason: str

    @property
    def as_text(self) -> str:
        who = f"{self.who}: " if self.who else ""
        return f"{who}{self.dates}, {self.unit}{f': {self.reason}' if self.reason else ''}"


def done(row: VisitRow) -> VisitDone:
    there = [day.date for day in row.visit.days.all() if day.present]
    parts = []
    if row.result is not None and row.readable:
        result = row.result
        before, after = result.helped_before.strip(), result.review_after.strip()
        parts = [
            f"Giúp cơ sở chuẩn bị: {before}" if before else "",
            result.activity.strip(),
            f"Rút kinh nghiệm sau hoạt động: {after}" if after else "",
        ]
    return VisitDone(
        min(there, default=None),
        max(there, default=None),
        row.present,
        row.visit.unit.name if row.visit.unit else "",
        row.visit.is_adhoc,
        "\n".join(filter(None, parts)),
        row.difficulties,
        "\n".join(item.text for item in row.recommendations),
        row.confirmed,
    )


def not_done(row: VisitRow, *, named: bool) -> NotDone:
    reason = ": ".join(
        filter(None, [str(row.visit.get_variance_display()) if row.visit.variance else "", row.reason])
    )
    who = row.visit.officer.full_name if named else ""
    return NotDone(who, row.visit.dates_text, row.visit.unit.name if row.visit.unit else "", reason)


def figures_of(figures: Sequence[Figure]) -> tuple[tuple[str, int], ...]:
    """The days of the quarter by kind, as the page words them."""
    return tuple((str(figure.label), figure.days) for figure in figures)


def done_days(figures: Sequence[Figure]) -> int:
    """Different dates reported."""
    return next(figure.days for (kind, _label), figure in zip(KINDS, figures, strict=True) if kind == "done")


def sentence(figures: Sequence[tuple[str, int]]) -> str:
    return "Số ngày trong quý: " + "; ".join(f"{label} {days}" for label, days in figures) + "."


def put_table(paper: Writer, people: Sequence[tuple[str, Sequence[VisitDone]]], total: int) -> None:
    """The table of visits carried out; with a row above those of each person unless the name is empty."""
    rows: list[Row] = []
    for name, visits in people:
        if name:
            rows.append(Section(name))
        rows += [_cells(number, visit) for number, visit in enumerate(visits, start=1)]
    paper.table(COLUMNS, rows, total=["", "Tổng cộng", "", total, *[""] * 6], size=SMALL)
    if total != sum(visit.days for _name, visits in people for visit in visits):
        paper.text(ONCE, italic=True)


def _cells(number: int, visit: VisitDone) -> tuple[object, ...]:
    return (
        number,
        visit.first or "",
        visit.last or "",
        visit.days,
        visit.unit,
        "Đột xuất" if visit.is_adhoc else "Theo kế hoạch",
        visit.result,
        visit.difficulties,
        visit.recommendations,
        f"Đã xác nhận {visit.confirmed} ngày" if visit.confirmed else "",
    )
