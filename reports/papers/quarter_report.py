"""An officer's result report on a quarter (step 6): no number, signed by the officer and the head."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from fieldvisits.models import QuarterReport
from fieldvisits.pages.department_papers import name_of
from fieldvisits.pages.quarter_reports import officer_sheet

from .results import NotDone, VisitDone, done, done_days, figures_of, not_done, put_table, sentence
from .signers import head_signature
from .words import Signature, Writer, signed_by_officer


@dataclass(frozen=True)
class QuarterReportFacts:
    """What an officer reports of a quarter; ``figures`` are days by kind, ``days`` the different dates reported."""

    province: str
    department: str
    quarter: str
    officer: str
    post: str
    figures: tuple[tuple[str, int], ...]
    days: int
    visits: tuple[VisitDone, ...]
    given_up: tuple[NotDone, ...]
    head: Signature
    self_assessment: str = ""
    not_carried_out: str = ""
    proposals: str = ""
    legal_basis: tuple[str, ...] = ()


def facts_of(report: QuarterReport, reader: User) -> QuarterReportFacts:
    sheet = officer_sheet(report, reader)
    name = name_of(report.department, report.quarter)
    return QuarterReportFacts(
        report.quarter.province.name,
        name,
        str(report.quarter),
        report.officer.full_name,
        report.officer.post,
        figures_of(sheet.figures),
        done_days(sheet.figures),
        tuple(done(row) for row in sheet.carried_out),
        tuple(not_done(row, named=False) for row in sheet.given_up),
        head_signature(report.department, name, report.officer),
        report.self_assessment,
        report.not_carried_out,
        report.proposals,
        tuple(report.quarter.rule.legal_basis.splitlines()),
    )


def write(writer: type[Writer], facts: QuarterReportFacts) -> bytes:
    paper = writer(facts.province, department=facts.department, landscape=True)
    paper.subject("Báo cáo", f"Kết quả đi công tác cơ sở theo chủ trương “1+2”, {facts.quarter}")
    paper.basis(facts.legal_basis)
    post = f"; chức vụ: {facts.post}" if facts.post else ""
    paper.text(f"Họ và tên: {facts.officer}{post}; đơn vị công tác: {facts.department}.")
    paper.text(sentence(facts.figures))
    paper.heading("I. Các chuyến công tác đã thực hiện")
    if facts.visits:
        put_table(paper, [("", facts.visits)], facts.days)
    else:
        paper.text("Chưa có chuyến công tác nào được báo cáo.")
    paper.heading("II. Nội dung chưa thực hiện và lý do")
    paper.items(entry.as_text for entry in facts.given_up)
    if facts.not_carried_out or not facts.given_up:
        paper.text(facts.not_carried_out or "Không có.")
    paper.heading("III. Tự đánh giá")
    paper.text(facts.self_assessment or "…")
    paper.heading("IV. Đề xuất, kiến nghị")
    paper.text(facts.proposals or "Không có")
    paper.sign(signed_by_officer("Người báo cáo", facts.officer), left=facts.head)
    return paper.as_bytes()
