"""An officer's registration of the quarter's visits (step 1): no number, signed by the officer and the head."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from fieldvisits.models import OfficerPlan
from fieldvisits.pages.department_papers import name_of
from fieldvisits.pages.planning import PaperSheet

from .plan_lines import PlanOfOfficer, planned, put_table
from .signers import head_signature
from .words import Signature, Writer, signed_by_officer


@dataclass(frozen=True)
class RegistrationFacts:
    """What a registration says; ``quarter`` reads as in a sentence ("quý IV/2026")."""

    province: str
    department: str
    quarter: str
    officer: PlanOfOfficer
    head: Signature
    legal_basis: tuple[str, ...] = ()


def facts_of(plan: OfficerPlan, reader: User) -> RegistrationFacts:
    """What the officer registered and the department did not strike, whatever has been decided on it or changed since."""
    sheet = PaperSheet(plan, reader)
    name = name_of(plan.department, plan.quarter)
    lines = tuple(planned(line) for line in sheet.registration)
    return RegistrationFacts(
        plan.quarter.province.name,
        name,
        str(plan.quarter),
        PlanOfOfficer(plan.officer.full_name, plan.officer.post, sheet.registered_days, lines),
        head_signature(plan.department, name, plan.officer),
        tuple(plan.quarter.rule.legal_basis.splitlines()),
    )


def write(writer: type[Writer], facts: RegistrationFacts) -> bytes:
    officer = facts.officer
    paper = writer(facts.province, department=facts.department, landscape=True)
    paper.subject("Đăng ký", f"Kế hoạch đi công tác cơ sở theo chủ trương “1+2”, {facts.quarter}")
    paper.basis(facts.legal_basis)
    post = f"; chức vụ: {officer.post}" if officer.post else ""
    paper.text(f"Họ và tên: {officer.name}{post}; đơn vị công tác: {facts.department}.")
    if officer.visits:
        paper.text(f"Tôi đăng ký kế hoạch đi công tác cơ sở {facts.quarter} như sau:")
        put_table(paper, [officer], one=True)
        paper.text(
            f"Tổng số: {len(officer.visits)} chuyến công tác, {officer.days} ngày. Kính đề nghị lãnh đạo "
            f"{facts.department} xem xét, thống nhất"
        )
    else:
        paper.text(f"Trong {facts.quarter} chưa đăng ký chuyến công tác cơ sở nào")
    paper.sign(signed_by_officer("Người đăng ký", officer.name), left=facts.head)
    return paper.as_bytes()
