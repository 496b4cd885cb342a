"""The department plan (step 2): what its officers plan for the quarter, as the department has agreed on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from fieldvisits.models import DepartmentPlan
from fieldvisits.pages.department_papers import paper_view

from .plan_lines import PlanOfOfficer, planned, put_table
from .signers import head_signature
from .words import Signature, Writer, initials, printable, union_of


@dataclass(frozen=True)
class DepartmentPlanFacts:
    """What a department plan says; ``sequence`` is 0 for the plan itself, then the number of the supplement."""

    province: str
    document_code: str
    department: str
    quarter: str
    officers: tuple[PlanOfOfficer, ...]
    head: Signature
    met_on: date | None = None
    note: str = ""
    sequence: int = 0
    legal_basis: tuple[str, ...] = ()


def facts_of(paper: DepartmentPlan, reader: User) -> DepartmentPlanFacts:
    view = paper_view(paper, reader)
    return DepartmentPlanFacts(
        paper.quarter.province.name,
        paper.quarter.province.document_code,
        view.name,
        str(paper.quarter),
        tuple(
            PlanOfOfficer(
                inside.plan.officer.full_name,
                inside.plan.officer.post,
                inside.agreed_days,
                tuple(planned(line) for line in inside.agreed),
                "kế hoạch của người đứng đầu" if inside.plan.heads_own else "",
            )
            for inside in view.for_paper
        ),
        head_signature(paper.department, view.name),
        paper.met_on,
        paper.note,
        paper.sequence,
        tuple(paper.quarter.rule.legal_basis.splitlines()),
    )


def write(writer: type[Writer], facts: DepartmentPlanFacts) -> bytes:
    union, code = union_of(facts.province), initials(facts.department)
    paper = writer(
        facts.province, f"KH/{facts.document_code}-{code}", department=facts.department, landscape=True
    )
    more = f" (bổ sung lần {facts.sequence})" if facts.sequence else ""
    paper.subject("Kế hoạch", f"Đi công tác cơ sở theo chủ trương “1+2”, {facts.quarter}{more}")
    paper.addressed_to(f"Thường trực {union}")
    met = [f"kết quả họp {facts.department} ngày {printable(facts.met_on)}"] if facts.met_on else []
    paper.basis([*facts.legal_basis, *met])
    visits = sum(len(officer.visits) for officer in facts.officers)
    days = sum(officer.days for officer in facts.officers)
    if visits:
        paper.text(
            f"{facts.department} xây dựng kế hoạch đi công tác cơ sở {facts.quarter} của {len(facts.officers)} cán bộ "
            f"với {visits} chuyến công tác, {days} ngày, cụ thể như sau:"
        )
        put_table(paper, facts.officers)
    else:
        paper.text(f"Trong {facts.quarter} chưa có kế hoạch đi công tác cơ sở nào được đăng ký.")
    if facts.note:
        paper.text(f"Ý kiến của {facts.department}: {facts.note}")
    paper.text(f"{facts.department} kính trình Thường trực {union} xem xét, phê duyệt")
    paper.sign(
        facts.head,
        receivers=[
            f"Thường trực {union} (để báo cáo)",
            "Đầu mối tổng hợp (để theo dõi)",
            "Lưu: " + ", ".join(dict.fromkeys(["VP", code])),
        ],
    )
    return paper.as_bytes()
