"""The year's report of a demonstration province, through its own transitions."""

from __future__ import annotations

from datetime import date, timedelta

from accounts import clock
from accounts.models import Province, User
from fieldvisits.models.base import papers
from fieldvisits.workflow import ANNUAL_REPORT

from .findings import SECTIONS
from .people import SAMPLE
from .runner import moment


def report_year(
    province: Province, year: int, version: str, on: date, *, writer: User, member: User, number: int
) -> None:
    """Written on ``on``, submitted and returned once where it is final, approved, numbered and sent within the week."""
    reports = papers()[ANNUAL_REPORT.kind].objects
    with clock.at(moment(on, 9)):
        report = reports.start(province, year, version, by=writer.powers)
        report.write(by=writer.powers, **SECTIONS)
        report.perform("submit", by=writer.powers)
    if version == "final":
        with clock.at(moment(on + timedelta(days=1), 10)):
            report.perform("return", by=member.powers, comment="Bổ sung nguyên nhân của hạn chế.")
        with clock.at(moment(on + timedelta(days=2), 9)):
            report.write(
                by=writer.powers, directions=SECTIONS["directions"] + "\nRút kinh nghiệm việc đổi lịch."
            )
            report.perform("submit", by=writer.powers)
    with clock.at(moment(on + timedelta(days=3), 10)):
        report.perform("approve", by=member.powers)
    with clock.at(moment(on + timedelta(days=5), 14)):
        day = clock.today()
        report.perform(
            "send",
            by=writer.powers,
            number=f"{number}-BC/{province.document_code}-XDĐ {SAMPLE}",
            dated=day,
            sent_on=day,
        )
