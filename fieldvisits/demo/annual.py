"""The year's report of a demonstration province, through its own transitions, among the other events of its last quarter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from accounts import clock
from accounts.models import User
from fieldvisits.models.base import papers
from fieldvisits.workflow import ANNUAL_REPORT

from .afterwards import Afterwards
from .findings import SECTIONS
from .people import SAMPLE


class AnnualRun:
    """One of the year's two reports: written on ``on``, approved three days later, numbered and sent within the week."""

    def __init__(self, play: Afterwards, version: str, *, writer: User, member: User, number: int) -> None:
        self.quarter, self.version = play.quarter, version
        self.writer, self.member, self.number = writer, member, number
        self.at = play.at

    def plan(self, on: date, *, sent: bool = True) -> None:
        """Enter its steps among what happens in the quarter; the final one is returned once. ``sent`` False: it stays here."""
        final = self.version == "final"
        self.at(on, 9, self.write)
        if final:
            self.at(on + timedelta(days=1), 10, self.give_back)
            self.at(on + timedelta(days=2), 9, self.write, "\nRút kinh nghiệm việc đổi lịch đi cơ sở.")
        self.at(on + timedelta(days=3), 10, self.approve)
        if sent:
            self.at(on + timedelta(days=5), 14, self.send)

    def begin(self) -> None:
        """Only begin to write it."""
        self.report.write(by=self.writer.powers, situation=SECTIONS["situation"])

    @property
    def report(self) -> Any:
        reports = papers()[ANNUAL_REPORT.kind].objects  # type: ignore[attr-defined]
        return reports.start(self.quarter.province, self.quarter.year, self.version, by=self.writer.powers)

    def write(self, more: str = "") -> None:
        report = self.report
        report.write(by=self.writer.powers, **SECTIONS | {"directions": SECTIONS["directions"] + more})
        report.perform("submit", by=self.writer.powers)

    def give_back(self) -> None:
        self.report.perform(
            "return", by=self.member.powers, comment="Bổ sung phương hướng khắc phục hạn chế."
        )

    def approve(self) -> None:
        self.report.perform("approve", by=self.member.powers)

    def send(self) -> None:
        day = clock.today()
        number = f"{self.number}-BC/{self.quarter.province.document_code}-XDĐ {SAMPLE}"
        self.report.perform("send", by=self.writer.powers, number=number, dated=day, sent_on=day)
