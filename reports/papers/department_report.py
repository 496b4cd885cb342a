"""A department's result report on a quarter (step 6): figures by officer and content group, what it thinks of them, the visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from accounts.models import User
from fieldvisits.models import DepartmentReport
from fieldvisits.pages.quarter_reports import department_sheet

from .results import NotDone, VisitDone, done, done_days, figures_of, not_done, put_table, sentence
from .signers import head_signature
from .words import Column, Signature, Writer, initials, union_of

DAYS = ("registered", "approved", "done", "accepted", "confirmed")
OFFICERS = (
    Column("TT", 9.5, "center"),
    Column("Họ và tên", 29),
    Column("Được duyệt", 12.5, "center", "Số chuyến công tác"),
    Column("Đã báo cáo", 11.5, "center", "Số chuyến công tác"),
    Column("Không thực hiện", 14.5, "center", "Số chuyến công tác"),
    Column("Đột xuất", 11.5, "center", "Số chuyến công tác"),
    Column("Đăng ký", 11.5, "center", "Số ngày"),
    Column("Được duyệt", 12.5, "center", "Số ngày"),
    Column("Đã báo cáo", 11.5, "center", "Số ngày"),
    Column("Được xác nhận", 12.5, "center", "Số ngày"),
    Column("Cơ sở xác nhận", 12, "center", "Số ngày"),
    Column("Văn bản trễ hạn", 12, "center"),
)
GROUPS = (
    Column("TT", 11, "center"),
    Column("Nhóm nội dung", 80),
    Column("Số chuyến đã báo cáo", 26, "center"),
    Column("Số ngày được duyệt", 26, "center"),
    Column("Số ngày được xác nhận", 26, "center"),
)


@dataclass(frozen=True)
class OfficerRow:
    """An officer's quarter: visits approved, reported, given up, ad-hoc; ``days`` in the order of ``DAYS``; late papers."""

    name: str
    visits: tuple[int, int, int, int]
    days: tuple[int, int, int, int, int]
    late: int = 0
    excused: str = ""


@dataclass(frozen=True)
class GroupRow:
    """A content group: visits reported, days approved and accepted."""

    label: str
    visits: int
    approved: int
    accepted: int


@dataclass(frozen=True)
class DepartmentReportFacts:
    """What a department reports of a quarter. ``visits`` are those reported, by officer; ``days`` different dates of each."""

    province: str
    document_code: str
    department: str
    quarter: str
    figures: tuple[tuple[str, int], ...]
    days: int
    officers: tuple[OfficerRow, ...]
    groups: tuple[GroupRow, ...]
    visits: tuple[tuple[str, tuple[VisitDone, ...]], ...]
    given_up: tuple[NotDone, ...]
    recommendations: tuple[str, ...]
    head: Signature
    good_points: str = ""
    shortcomings: str = ""
    causes: str = ""
    proposals: str = ""
    legal_basis: tuple[str, ...] = ()


def facts_of(report: DepartmentReport, reader: User) -> DepartmentReportFacts:
    sheet = department_sheet(report, reader)
    quarter = report.quarter
    reported = sorted(
        (row for row in sheet.rows if row.reported),
        key=lambda row: (row.visit.officer.sort_name, row.visit.officer_id),
    )
    by_officer = groupby(reported, key=lambda row: row.visit.officer)
    return DepartmentReportFacts(
        quarter.province.name,
        quarter.province.document_code,
        sheet.name,
        str(quarter),
        figures_of(sheet.figures),
        done_days(sheet.figures),
        tuple(
            OfficerRow(
                line.officer.full_name,
                (line.approved, line.carried_out, line.given_up, line.adhoc),
                tuple(line.days[kind] for kind in DAYS),
                line.late,
                line.excused,
            )
            for line in sheet.officers
        ),
        tuple(
            GroupRow(str(line.label), line.visits, line.days["approved"], line.days["accepted"])
            for line in sheet.groups
        ),
        tuple((officer.full_name, tuple(done(row) for row in rows)) for officer, rows in by_officer),
        tuple(not_done(row, named=True) for row in sheet.given_up),
        tuple(f"{item.unit.name}: {item.text} ({item.addressee_text})" for item in sheet.recommendations),
        head_signature(report.department, sheet.name),
        *(getattr(report, name) for name in ("good_points", "shortcomings", "causes", "proposals")),
        tuple(quarter.rule.legal_basis.splitlines()),
    )


def write(writer: type[Writer], facts: DepartmentReportFacts) -> bytes:
    union, code = union_of(facts.province), initials(facts.department)
    paper = writer(facts.province, f"BC/{facts.document_code}-{code}", department=facts.department)
    paper.subject("Báo cáo", f"Kết quả đi công tác cơ sở theo chủ trương “1+2”, {facts.quarter}")
    paper.addressed_to(f"Thường trực {union}")
    paper.basis(facts.legal_basis)
    paper.text(f"{facts.department} báo cáo kết quả đi công tác cơ sở {facts.quarter} như sau:")
    paper.heading("I. KẾT QUẢ THỰC HIỆN")
    paper.text(sentence(facts.figures))
    paper.heading("1. Theo cán bộ", 2)
    _put_officers(paper, facts.officers)
    paper.heading("2. Theo nhóm nội dung", 2)
    _put_groups(paper, facts.groups)
    paper.heading("3. Các chuyến công tác không thực hiện", 2)
    paper.items(entry.as_text for entry in facts.given_up)
    if not facts.given_up:
        paper.text("Không có.")
    paper.heading("II. ĐÁNH GIÁ CHUNG")
    for title, text in [
        ("1. Ưu điểm", facts.good_points),
        ("2. Hạn chế", facts.shortcomings),
        ("3. Nguyên nhân", facts.causes),
    ]:
        paper.heading(title, 2)
        paper.text(text or "…")
    paper.heading("III. KIẾN NGHỊ, ĐỀ XUẤT")
    paper.heading("1. Kiến nghị từ cơ sở", 2)
    paper.items(facts.recommendations or ())
    if not facts.recommendations:
        paper.text("Không có.")
    paper.heading("2. Đề xuất của đơn vị", 2)
    paper.text(facts.proposals or "Không có")
    paper.sign(
        facts.head,
        receivers=[
            f"Thường trực {union} (để báo cáo)",
            "Đầu mối kết quả (để theo dõi)",
            "Lưu: " + ", ".join(dict.fromkeys(["VP", code])),
        ],
    )
    if facts.visits:
        paper.annex(
            "PHỤ LỤC",
            f"Các chuyến công tác cơ sở đã thực hiện, {facts.quarter} - {facts.department}",
            landscape=True,
            name="Phụ lục",
        )
        put_table(paper, facts.visits, facts.days)
    return paper.as_bytes()


def _put_officers(paper: Writer, officers: Sequence[OfficerRow]) -> None:
    rows = [
        (
            number,
            f"{row.name}\n({row.excused})" if row.excused else row.name,
            *row.visits,
            *row.days,
            row.late,
        )
        for number, row in enumerate(officers, start=1)
    ]
    total = [sum(row[at] for row in rows) for at in range(2, len(OFFICERS))]
    paper.table(OFFICERS, rows, total=["", "Tổng cộng", *total], size=10)


def _put_groups(paper: Writer, groups: Sequence[GroupRow]) -> None:
    rows = [(n, g.label, g.visits, g.approved, g.accepted) for n, g in enumerate(groups, start=1)]
    total = [sum(row[at] for row in rows) for at in range(2, 5)]
    if rows:
        paper.table(GROUPS, rows, total=["", "Tổng cộng", *total])
    else:
        paper.text("Không có.")
