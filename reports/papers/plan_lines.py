"""The table of planned visits, the same on the officer's registration, the department plan and the province's quarter plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from fieldvisits.pages.written_lines import WrittenLine

from .words import Column, Row, Section, Writer

#: Type of a wide table, points.
SMALL = 11
COLUMNS = (
    Column("TT", 10, "center"),
    Column("Từ ngày", 23, "center", "Thời gian"),
    Column("Đến ngày", 23, "center", "Thời gian"),
    Column("Số ngày", 14, "center"),
    Column("Đơn vị đến", 33),
    Column("Cấp", 21),
    Column("Nhóm nội dung", 27),
    Column("Nội dung cụ thể", 40),
    Column("Cán bộ cùng đi", 24),
    Column("Kết quả dự kiến", 27),
    Column("Ghi chú", 17),
)
ONCE = "Tổng số ngày tính theo ngày lịch: một ngày có nhiều chuyến đi chỉ tính một lần."


@dataclass(frozen=True)
class PlannedVisit:
    """A line of a plan. Dates are inclusive, None while they are missing; ``level`` and ``group`` are labels."""

    first: date | None
    last: date | None
    unit: str
    level: str = ""
    group: str = ""
    content: str = ""
    companions: str = ""
    expected: str = ""
    note: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1 if self.first and self.last else 0


@dataclass(frozen=True)
class PlanOfOfficer:
    """What one officer plans; ``days`` are different dates, so they may be fewer than those of the lines together."""

    name: str
    post: str
    days: int
    visits: tuple[PlannedVisit, ...]
    remark: str = ""


def planned(line: WrittenLine) -> PlannedVisit:
    """``line`` as a paper prints it."""
    return PlannedVisit(
        line.first,
        line.last,
        line.unit,
        line.level,
        line.group,
        line.content,
        ", ".join(line.companions),
        line.expected,
        line.note,
    )


def names_of(people: Sequence[User]) -> str:
    return ", ".join(person.full_name for person in people)


def put_table(paper: Writer, officers: Sequence[PlanOfOfficer], *, one: bool = False) -> None:
    """The table of the officers' visits with the total of days; of ``one`` officer without the row that names them."""
    rows: list[Row] = []
    for number, officer in enumerate(officers, start=1):
        if not one:
            who = ", ".join(filter(None, [officer.name, officer.post]))
            remark = f" ({officer.remark})" if officer.remark else ""
            rows.append(Section(f"{number}. {who}: {officer.days} ngày{remark}"))
        rows += [_cells(at, visit) for at, visit in enumerate(officer.visits, start=1)]
    total = sum(officer.days for officer in officers)
    cells = ["", "Tổng cộng", "", total, *[""] * 7]
    paper.table(COLUMNS, rows, total=cells, size=SMALL)
    if total != sum(visit.days for officer in officers for visit in officer.visits):
        paper.text(ONCE, italic=True)


def _cells(number: int, visit: PlannedVisit) -> tuple[object, ...]:
    return (
        number,
        visit.first or "",
        visit.last or "",
        visit.days,
        visit.unit,
        visit.level,
        visit.group,
        visit.content,
        visit.companions,
        visit.expected,
        visit.note,
    )
