"""The cells of steps 4-7: carrying out, telling the host units, reporting, the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ...models import Answer
from ...models.visits import result_due
from ...workflow import (
    ANNUAL_REPORT,
    DEPARTMENT_REPORT,
    AnnualReportState,
    DepartmentReportState,
    ResultState,
    VisitState,
)
from ..gathering import Found
from .board import Cell, not_started
from .cells import Cells
from .facts import Papers, VisitFact


class LaterCells(Cells):
    """Steps 4-7 of a department; step 7 is the province's."""

    # -- step 4 -----------------------------------------------------------------------------------------------------------

    def _carrying_out(self, papers: Papers) -> Cell:
        """Visits closed of those approved - reported, or given up with a reason; requests that wait for somebody's consent."""
        approved = [v for v in papers.visits if v.is_approved or v.state == VisitState.NOT_DONE]
        given_up = sum(1 for v in approved if v.state == VisitState.NOT_DONE)
        done = sum(1 for v in approved if v.is_reported)
        at_leaders = [v for v in papers.visits if v.asks_leaders]
        at_committee = [v for v in papers.visits if v.asks_committee]
        asking = at_leaders + at_committee
        if not approved and not asking:
            return self._running(papers, not_started(4), overdue=False)
        count = _("%(done)d/%(of)d carried out") % {"done": done, "of": len(approved)}
        url = self._list_url("visit-list", papers) + ("&show=decided" if given_up else "")
        notes = [
            ngettext("%(count)d not carried out", "%(count)d not carried out", given_up) % {"count": given_up}
            if given_up
            else "",
            ngettext("%(count)d request waits", "%(count)d requests wait", len(asking))
            % {"count": len(asking)}
            if asking
            else "",
        ]
        note = " · ".join(n for n in notes if n)
        numbers = {"reached": done, "of": len(approved)}
        if not asking and done + given_up == len(approved):
            word = _("All carried out") if not given_up else pgettext("step", "Closed")
            return replace(self._done(4, word, count, None, url, note), **numbers)
        if asking:
            word, icon, tone = (
                _("Waits for consent"),
                "people" if not at_leaders else "hourglass-split",
                "waiting",
            )
        elif any(v.has_begun for v in approved):
            word, icon, tone = pgettext("step", "Running"), "geo-alt", "planned"
        else:
            word, icon, tone = _("Still to come"), "calendar", "planned"
        holder = _("Department leaders") if at_leaders else _("Standing Committee") if at_committee else ""
        consents = [due for v in asking if (due := v.consent_due(self.quarter))]
        cell = Cell(
            4,
            "current",
            word,
            icon,
            tone,
            count,
            late=self._late(consents),
            overdue=self._overdue(consents),
            with_whom="leaders" if at_leaders else "committee" if at_committee else "",
            holder=holder,
            since=min((v.asked_on for v in at_leaders or at_committee if v.asked_on), default=None),
            note=note,
            url=url,
            **numbers,
        )
        return self._running(papers, cell, overdue=False)

    def _late(self, dues: list[date]) -> int:
        """Days by which the oldest is overdue; nobody is late in a suspended quarter."""
        return (self.today - min(dues)).days if dues and self.quarter.is_late(min(dues)) else 0

    def _overdue(self, dues: list[date]) -> int:
        return sum(self.quarter.is_late(due) for due in dues)

    # -- step 5 -----------------------------------------------------------------------------------------------------------

    def _telling(self, papers: Papers) -> Cell:
        """Units told of every approved visit of theirs; what they answered. Nobody is told any more of a visit that is over."""
        by_unit: dict[int | None, list[VisitFact]] = {}
        missed = 0
        for visit in papers.visits:
            if visit.is_approved and (visit.told or not visit.is_over):
                by_unit.setdefault(visit.unit_id, []).append(visit)
            elif visit.is_approved:
                missed += 1
        if not by_unit and not missed:
            return self._running(papers, not_started(5), overdue=False)
        told = sum(1 for visits in by_unit.values() if all(v.told for v in visits))
        answered = sum(1 for visits in by_unit.values() if all(v.told and v.answer for v in visits))
        declined = [v for v in papers.visits if v.is_declined]
        other = sum(1 for v in declined if v.answer == Answer.OTHER_DATE)
        refused = len(declined) - other
        count = _("%(done)d/%(of)d units told") % {"done": told, "of": len(by_unit)}
        notes = [
            _("%(count)d answered") % {"count": answered} if answered else "",
            ngettext("%(count)d other date", "%(count)d other dates", other) % {"count": other}
            if other
            else "",
            ngettext("%(count)d refused", "%(count)d refused", refused) % {"count": refused}
            if refused
            else "",
            ngettext("%(count)d visit not announced", "%(count)d visits not announced", missed)
            % {"count": missed}
            if missed
            else "",
        ]
        note = " · ".join(n for n in notes if n)
        url = self._department_page("notice-list", papers) if self._opens_department(papers) else ""
        numbers = {"reached": told, "of": len(by_unit)}
        if not by_unit:  # every visit is over, and no unit was told
            return Cell(5, "missed", _("Not announced"), "dash-circle", "history", note=note, url=url)
        if told == len(by_unit) and not declined:
            return replace(self._done(5, _("All units told"), count, None, url, note), **numbers)
        untold = [v for visits in by_unit.values() for v in visits if not v.told]
        if declined:
            word, icon, tone, status = _("To be arranged again"), "arrow-repeat", "returned", "returned"
        elif told:
            word, icon, tone, status = _("Being told"), "envelope", "waiting", "current"
        else:
            word, icon, tone, status = _("Not told yet"), "envelope", "draft", "current"
        holds = bool(untold or declined)
        cell = Cell(
            5,
            status,
            word,
            icon,
            tone,
            count,
            with_whom="leaders" if holds else "",
            holder=_("Department leaders") if holds else "",
            note=note,
            url=url,
            **numbers,
        )
        return self._running(papers, cell, overdue=False)

    # -- step 6 -----------------------------------------------------------------------------------------------------------

    def _reporting(self, papers: Papers) -> Cell:
        """Results accepted of those owed by today, then the officers' reports and the department's."""
        owing = [v for v in papers.visits if v.is_owed or v.is_reported]
        accepted = sum(1 for v in owing if v.is_accepted)
        report = papers.report
        ended = self.quarter.ends <= self.today
        if not owing and report is None and not (ended and papers.owing):
            return self._running(papers, not_started(6), overdue=False)
        count = _("%(done)d/%(of)d accepted") % {"done": accepted, "of": len(owing)}
        url = self._report_url(papers)
        note = self._report_note(papers, ended)
        numbers = {"reached": accepted, "of": len(owing)}
        owed = [v for v in owing if v.is_owed]
        if report is not None and report.state == DepartmentReportState.NOTED and not owed:
            done = self._done(6, str(DepartmentReportState.NOTED.label), count, report.since, url, note)
            return replace(done, **numbers)
        word, icon, tone, status = self._report_word(owing, report)
        with_whom, holder = self._report_holder(papers, owed, ended)
        results = [result_due(v.ends, self.quarter) for v in owed if v.ends]
        late = self._late(results)
        if (
            (report is None or report.sent is None)
            and papers.owing
            and self.quarter.is_late(self.quarter.report_due)
        ):
            late = max(late, (self.today - self.quarter.report_due).days)
        cell = Cell(
            6,
            status,
            word,
            icon,
            tone,
            count,
            late=late,
            overdue=self._overdue(results),
            with_whom=with_whom,
            holder=holder,
            since=report.since if report is not None and with_whom in ("results", "committee") else None,
            note=note,
            url=url,
            **numbers,
        )
        return self._running(papers, cell, overdue=False)

    def _report_word(self, owing: list[VisitFact], report: Found | None) -> tuple[str, str, str, str]:
        if report is not None and report.state != DepartmentReportState.DRAFT:
            state = DEPARTMENT_REPORT.state(report.state or "")
            returned = state.code == DepartmentReportState.RETURNED
            return str(state.label), state.icon, state.tone, "returned" if returned else "current"
        if any(v.result == ResultState.SUBMITTED for v in owing):
            return _("Results to accept"), "hourglass-split", "waiting", "current"
        if any(v.is_owed for v in owing):
            return _("Being reported"), "pencil", "waiting", "current"
        return _("Department report to come"), "file-earmark-text", "draft", "current"

    def _report_holder(self, papers: Papers, owed: list[VisitFact], ended: bool) -> tuple[str, str]:
        """Whose turn it is: who owes a result or, once the quarter is over, a report; then the leaders; then those above."""
        report = papers.report
        state = report.state if report is not None else DepartmentReportState.DRAFT
        if state == DepartmentReportState.SENT:
            return "results", _("Results desk")
        if state == DepartmentReportState.FORWARDED:
            return "committee", _("Standing Committee")
        late = {v.officer_id for v in owed}
        if ended:
            late |= {p.officer.pk for p in papers.owing} - papers.sent_reports
        places = [p for p in papers.places if p.officer.pk in late]
        if places:
            return "officers", self._officers(papers, places)
        if ended or any(v.result == ResultState.SUBMITTED for v in papers.visits):
            return "leaders", _("Department leaders")
        return "", ""

    def _report_note(self, papers: Papers, ended: bool) -> str:
        of = len(papers.owing)
        if not of or not (ended or papers.accepted_reports):
            return ""
        done = sum(1 for p in papers.owing if p.officer.pk in papers.accepted_reports)
        return _("%(done)d/%(of)d quarter reports accepted") % {"done": done, "of": of}

    def _report_url(self, papers: Papers) -> str:
        report = papers.report
        if report is not None and report.own:  # readable
            return reverse("department-report-detail", args=[report.pk])
        return self._list_url("result-list", papers)

    # -- step 7 -----------------------------------------------------------------------------------------------------------

    def _year(self, reports: list[Found]) -> Cell:
        """The year's two reports of the province; the same for every department."""
        annual = {r.text: r for r in reports if r.kind == ANNUAL_REPORT.kind}
        url = reverse("year", args=[self.quarter.year]) + "#reports-title"
        names = {"provisional": _("Provisional report"), "final": _("Final report")}
        note = " · ".join(
            f"{name}: {ANNUAL_REPORT.state(annual[version].state or '').label}"
            for version, name in names.items()
            if version in annual
        )
        count = str(self.quarter.year)
        latest = annual.get("final") or annual.get("provisional")
        if latest is None:
            return replace(not_started(7), count=count, url=url)
        state = ANNUAL_REPORT.state(latest.state or "")
        # a provisional report that was sent leaves the final one to begin, on the year's page
        if latest.own and (latest.text == "final" or state.code != AnnualReportState.SENT):
            url = reverse("annual-report-detail", args=[latest.pk])
        if latest.text == "final" and state.code == AnnualReportState.SENT:
            return self._done(7, str(state.label), count, latest.since, url, note)
        return Cell(
            7,
            "current",
            str(state.label),
            state.icon,
            state.tone,
            count,
            since=latest.since,
            note=note,
            url=url,
        )

    # -- addresses --------------------------------------------------------------------------------------------------------

    def _list_url(self, name: str, papers: Papers) -> str:
        return f"{self.quarter.url(name)}?department={papers.department.pk}"

    def _department_page(self, name: str, papers: Papers) -> str:
        return reverse(name, args=[self.quarter.year, self.quarter.number, papers.department.pk])
