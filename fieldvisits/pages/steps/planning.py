"""The cells of steps 1-3: registering, consolidating, deciding."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ...models import DepartmentPlan
from ...workflow import DepartmentPlanState, OfficerPlanState
from .board import Cell, not_started
from .cells import Cells
from .facts import Papers

#: States of a plan that the department has agreed on.
AGREED = (
    OfficerPlanState.ENDORSED,
    OfficerPlanState.SENT,
    OfficerPlanState.FORWARDED,
    OfficerPlanState.APPROVED,
    OfficerPlanState.REJECTED,
)


class PlanningCells(Cells):
    """Steps 1-3 of a department."""

    def _registration(self, papers: Papers) -> Cell:
        pending = papers.pending
        of, registered = len(papers.owing), len(papers.owing) - len(pending)
        plans = [papers.plans[p.officer.pk] for p in pending if p.officer.pk in papers.plans]
        returned = [p for p in plans if p.state == OfficerPlanState.RETURNED]
        count = _("%(done)d/%(of)d registered") % {"done": registered, "of": of}
        url = self._plans_url(papers)
        if not pending:
            sent = [p.submitted_on for p in papers.plans.values() if p.submitted_on]
            return self._done(1, _("All registered"), count, max(sent, default=None), url)
        never_sent = sum(
            p.officer.pk not in papers.plans or papers.plans[p.officer.pk].submitted_on is None
            for p in pending
        )
        if len(returned) == len(pending):
            word, icon, tone, status = (
                OfficerPlanState.RETURNED.label,
                "arrow-return-left",
                "returned",
                "returned",
            )
        elif registered:
            word, icon, tone, status = _("Registering"), "hourglass-split", "waiting", "current"
        else:
            word, icon, tone, status = pgettext("step", "Nothing yet"), "circle", "draft", "current"
        opened = self.quarter.since
        dates = [p.since for p in plans if p.since] + (
            [opened] if opened and len(plans) < len(pending) else []
        )
        note = (
            ngettext("%(count)d returned", "%(count)d returned", len(returned)) % {"count": len(returned)}
            if returned and status != "returned"
            else ""
        )
        return self._running(
            papers,
            Cell(
                1,
                status,
                str(word),
                icon,
                tone,
                count,
                with_whom="officers",
                holder=self._officers(papers, pending),
                since=min(dates, default=opened),
                note=note,
                url=url,
                overdue=never_sent,
            ),
            overdue=never_sent > 0,
        )

    def _consolidation(self, papers: Papers) -> Cell:
        paper, agreed = papers.first, papers.count(*AGREED)
        registered = len(papers.owing) - len(papers.pending)
        count = _("%(done)d/%(of)d agreed") % {"done": agreed, "of": len(papers.owing)}
        note = self._supplements(papers)
        url = self._department_url(papers)
        if paper and paper.state in (DepartmentPlanState.FORWARDED, DepartmentPlanState.APPROVED):
            since = paper.since if paper.state == DepartmentPlanState.FORWARDED else None
            return self._done(2, pgettext("step", "Submitted"), count, since, url, note)
        if not registered and (paper is None or paper.state == DepartmentPlanState.DRAFT):
            return self._running(papers, not_started(2), overdue=True)
        state = DepartmentPlan.flow.state(paper.state if paper else DepartmentPlanState.DRAFT)
        at_leaders = state.holder == "desk_of_leaders"
        held = [p.since for p in papers.plans.values() if not p.is_editable and p.since]
        since = paper.since if paper and paper.since and not _is_at_home(paper) else min(held, default=None)
        return self._running(
            papers,
            Cell(
                2,
                "returned" if state.code == DepartmentPlanState.RETURNED else "current",
                str(state.label),
                state.icon if state.code != DepartmentPlanState.DRAFT else "hourglass-split",
                "waiting" if state.code == DepartmentPlanState.DRAFT else state.tone,
                count,
                with_whom="leaders" if at_leaders else "coordinator",
                holder=_("Department leaders") if at_leaders else _("Coordinator"),
                since=since,
                note=note,
                url=url,
            ),
            overdue=True,
        )

    def _decision(self, papers: Papers) -> Cell:
        paper = papers.first
        if paper is None or paper.state not in (DepartmentPlanState.FORWARDED, DepartmentPlanState.APPROVED):
            # the committee cannot be late with what has not reached it: step 2 carries the lateness
            return self._running(papers, not_started(3), overdue=False)
        count = _("%(done)d/%(of)d approved") % {
            "done": papers.count(OfficerPlanState.APPROVED),
            "of": len(papers.owing),
        }
        if paper.state == DepartmentPlanState.APPROVED:
            cause = paper.last_event and paper.last_event.cause
            url = reverse("decision-detail", args=[cause.object_id]) if cause else ""
            return self._done(3, str(DepartmentPlanState.APPROVED.label), count, paper.since, url)
        cell = Cell(
            3,
            "current",
            _("Awaiting decision"),
            "people",
            "waiting",
            count,
            with_whom="committee",
            holder=_("Standing Committee"),
            since=paper.since,
            url=self.quarter.url("meeting") if self.decides else self._department_url(papers),
        )
        return self._running(papers, cell, overdue=True)

    def _supplements(self, papers: Papers) -> str:
        return "; ".join(
            _("Supplement %(number)d: %(state)s") % {"number": s.sequence, "state": s.current.label}
            for s in papers.supplements
        )


def _is_at_home(paper: DepartmentPlan) -> bool:
    """Whether the department plan is still being consolidated: its officers' plans say since when."""
    return paper.state == DepartmentPlanState.DRAFT
