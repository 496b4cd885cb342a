"""An officer's annual sheet for the yearly evaluation (step 7), one for each department served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fieldvisits.models import YearRule
from fieldvisits.pages.years import SHEET_KINDS, Sheet, SheetVisit

from .signers import head_signature
from .words import Column, Row, Section, Signature, Writer, printable, signed_by_officer

QUARTERS = (
    Column("Quý", 24, "center"),
    Column("Đăng ký", 34, "center", "Số ngày"),
    Column("Được duyệt", 34, "center", "Số ngày"),
    Column("Được tính", 34, "center", "Số ngày"),
    Column("Trong đó đột xuất", 34, "center", "Số ngày"),
)
VISITS = (
    Column("TT", 11, "center"),
    Column("Từ ngày", 23, "center", "Thời gian"),
    Column("Đến ngày", 23, "center", "Thời gian"),
    Column("Đơn vị đến", 33),
    Column("Nhóm nội dung", 27),
    Column("Nội dung cụ thể", 35),
    Column("Số ngày được tính", 22, "center"),
)


@dataclass(frozen=True)
class VisitOfYear:
    """A visit on the sheet with its accepted days."""

    first: date
    last: date
    unit: str
    group: str
    content: str
    accepted: int


@dataclass(frozen=True)
class QuarterOfYear:
    """A quarter of the sheet: ``days`` in the order of ``SHEET_KINDS``, the planned visits, the officer's own assessment."""

    roman: str
    days: tuple[int, ...]
    visits: tuple[VisitOfYear, ...]
    assessment: str = ""


@dataclass(frozen=True)
class AnnualSheetFacts:
    """What the sheet says. ``result`` is the sheet's; ``span`` only where it is not the whole year's."""

    province: str
    department: str
    year: int
    officer: str
    post: str
    result: str
    explanation: tuple[str, ...]
    quarters: tuple[QuarterOfYear, ...]
    totals: tuple[int, ...]
    adhoc: tuple[VisitOfYear, ...]
    not_done: tuple[str, ...]
    recommendations: tuple[str, ...]
    head: Signature
    span: tuple[date, date] | None = None
    legal_basis: tuple[str, ...] = ()


def facts_of(sheet: Sheet, rule: YearRule) -> AnnualSheetFacts:
    pace = sheet.year.pace
    return AnnualSheetFacts(
        rule.province.name,
        sheet.name,
        rule.year,
        sheet.officer.full_name,
        sheet.officer.post,
        sheet.result,
        (
            *map(str, sheet.year.target.explanation),
            *(f"{part.label}: {part.explanation}" for part in pace.parts),
        ),
        tuple(
            QuarterOfYear(
                quarter.roman,
                tuple(quarter.figures[kind] for kind in SHEET_KINDS),
                tuple(map(_visit, quarter.visits)),
                quarter.assessment,
            )
            for quarter in sheet.quarters
        ),
        tuple(sheet.totals[kind] for kind in SHEET_KINDS),
        tuple(map(_visit, sheet.adhoc)),
        tuple(
            f"{entry.visit.dates_text}, {entry.visit.unit} ({entry.visit.get_state_display()}): {reason}"
            for entry, reason in sheet.not_done
        ),
        tuple(
            f"{item.unit}: {item.text} ({item.addressee_text}) – {item.get_state_display()}"
            + (f": {item.answer}" if item.answer else "")
            for item in sheet.recommendations
        ),
        head_signature(sheet.department, sheet.name, sheet.officer),
        None if sheet.is_only else (sheet.first, sheet.last),
        tuple(rule.legal_basis.splitlines()),
    )


def names_of(sheet: Sheet, rule: YearRule) -> tuple[object, ...]:
    """What the name of the file says."""
    who = sheet.officer.full_name
    return (rule.province.slug, "phieu tong hop", rule.year, who, "" if sheet.is_only else sheet.name)


def _visit(entry: SheetVisit) -> VisitOfYear:
    visit = entry.visit
    return VisitOfYear(
        visit.starts,
        visit.ends,
        visit.unit.name if visit.unit else "",
        str(visit.get_group_display()) if visit.group else "",
        visit.content,
        entry.accepted,
    )


def write(writer: type[Writer], facts: AnnualSheetFacts) -> bytes:
    paper = writer(facts.province, department=facts.department)
    paper.subject(
        "Phiếu tổng hợp",
        f"Kết quả đi công tác cơ sở năm {facts.year}\n(phục vụ kiểm điểm, đánh giá, xếp loại cán bộ hằng năm)",
    )
    paper.basis(facts.legal_basis)
    paper.text(f"Họ và tên: {facts.officer}" + (f"; chức vụ: {facts.post}" if facts.post else "") + ".")
    paper.text(f"Đơn vị công tác: {facts.department}{_span(facts)}.")
    here = f"; trong thời gian công tác tại {facts.department}: {_accepted(facts)} ngày" if facts.span else ""
    paper.text(f"Kết quả cả năm: {facts.result}{here}.", bold=True)
    paper.items(facts.explanation)
    paper.heading("I. Số ngày theo quý")
    rows = [(quarter.roman, *quarter.days) for quarter in facts.quarters]
    paper.table(QUARTERS, rows, total=["Cộng", *facts.totals])
    paper.heading("II. Các chuyến công tác")
    planned = sum(len(quarter.visits) for quarter in facts.quarters)
    if planned or facts.adhoc:
        paper.text(
            f"{planned} chuyến theo kế hoạch, {len(facts.adhoc)} chuyến đột xuất (danh sách kèm theo)."
        )
    else:
        paper.text("Không có.")
    paper.heading("III. Tự đánh giá")
    said = [f"Quý {quarter.roman}: {quarter.assessment}" for quarter in facts.quarters if quarter.assessment]
    _put_items(paper, said)
    paper.heading("IV. Nội dung không thực hiện được, lý do")
    _put_items(paper, facts.not_done)
    paper.heading("V. Kiến nghị, đề xuất từ cơ sở")
    _put_items(paper, facts.recommendations)
    paper.sign(signed_by_officer("Người tổng hợp", facts.officer), left=facts.head)
    if planned or facts.adhoc:
        _put_visits(paper, facts)
    return paper.as_bytes()


def _put_visits(paper: Writer, facts: AnnualSheetFacts) -> None:
    """The list of visits on pages of its own, whose table is repeated over nothing else."""
    paper.annex(
        "DANH SÁCH CÁC CHUYẾN CÔNG TÁC CƠ SỞ",
        f"Năm {facts.year} - {facts.officer}, {facts.department}",
        name="Danh sách",
    )
    rows: list[Row] = []
    for title, visits in [
        *((f"Quý {quarter.roman}", quarter.visits) for quarter in facts.quarters),
        ("Đột xuất", facts.adhoc),
    ]:
        if visits:
            rows += [Section(title), *_rows(visits)]
    total = sum(row[-1] for row in rows if not isinstance(row, Section))
    paper.table(VISITS, rows, total=["", "Cộng", "", "", "", "", total], size=11)


def _span(facts: AnnualSheetFacts) -> str:
    return (
        f" (từ {printable(facts.span[0])} đến {printable(facts.span[1])})" if facts.span is not None else ""
    )


def _accepted(facts: AnnualSheetFacts) -> int:
    return facts.totals[SHEET_KINDS.index("accepted")]


def _rows(visits: Iterable[VisitOfYear]) -> list[Row]:
    return [
        (number, visit.first, visit.last, visit.unit, visit.group, visit.content, visit.accepted)
        for number, visit in enumerate(visits, start=1)
    ]


def _put_items(paper: Writer, lines: tuple[str, ...]) -> None:
    if lines:
        paper.items(lines)
    else:
        paper.text("Không có.")
