"""The figures of a province's year: compiled anew while the report is written, frozen when it is approved.

``compile_figures`` says what the annual report's annexes print (domain section 6) as plain JSON: whole numbers, codes, names
of people, departments and units - and, for every officer, how the days owed came about, in Vietnamese. The same data give the same
bytes on both databases and in every language: rows are put in order here, never by the database.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Department, DepartmentDuty, Duty, Role, RoleGrant
from accounts.text import fold
from fieldvisits.models import (
    ContentGroup,
    Event,
    HostUnit,
    Level,
    Officer,
    OfficerYear,
    Recommendation,
    Variance,
    Visit,
    YearRule,
    tally,
    years_of,
)
from fieldvisits.models.visits import VisitQuerySet
from fieldvisits.quota import Standing
from fieldvisits.workflow import RecommendationState, VisitState

from .outcomes import OUTCOMES, with_outcome
from .papers.words import initials
from .timeliness import filed

#: The kinds of days (``day_figures``) a report sets side by side.
KINDS = ("registered", "approved", "done", "accepted", "confirmed", "adhoc")
#: What may have become of a recommendation, as a report counts it.
FATES = ("settled", "in_progress", "open", "passed_up", "dropped")
#: What is read of a visit.
_OF_A_VISIT = (
    "pk",
    "plan",
    "state",
    "variance",
    "outcome",
    "adhoc__late",
    "starts",
    "ends",
    "officer__full_name",
    "officer__sort_name",
    "department",
    "department__name",
    "unit__name",
    "unit__level",
    "group",
    "content",
)


def compile_figures(rule: YearRule, as_of: date) -> dict[str, Any]:
    """Every figure of the annual report of the rule's province as at the end of ``as_of``, as JSON.

    Days are those of ``day_figures`` up to that date, each officer's dates counted once; a department's are those on which the
    officer belonged to it. Lists of four are the quarters of the year by the date of the day.
    """
    with override("vi"):
        return _Compiler(rule, as_of).figures()


class _Compiler:
    """The rows every part is summed from, read once."""

    def __init__(self, rule: YearRule, as_of: date) -> None:
        self.rule, self.as_of = rule, as_of
        self.until = min(rule.window_to, as_of)
        self.years = sorted(
            years_of(rule, Officer.objects.of_year(rule), as_of),
            key=lambda year: (year.officer.sort_name, year.officer.pk),
        )
        ids = [year.officer.pk for year in self.years]
        #: accepted days by officer, department on the date, quarter, content group, unit and visit
        tallied = tally(
            rule.window,
            "officer_id",
            "served",
            "date__quarter",
            "visit__group",
            "visit__unit",
            "visit",
            as_of=as_of,
            officer__in=ids,
        )
        self.days = [(*key, found["accepted"]) for key, found in tallied.items() if found["accepted"]]
        #: reported and accepted days by visit
        self.of_visit: dict[int, dict[str, int]] = defaultdict(lambda: {"done": 0, "accepted": 0})
        for key, found in tallied.items():
            for kind in ("done", "accepted"):
                self.of_visit[key[5]][kind] += found[kind]
        self.by_department = tally(rule.window, "served", as_of=as_of, officer__in=ids)
        # days of a visit begun under another province's roof count all the same: nothing is lost from a sum
        strays = {key[0] for key in self.by_department if key[0]}
        duty = DepartmentDuty.objects.on(as_of).filter(department=OuterRef("pk"), duty=Duty.COORDINATING)
        departments = Department.objects.filter(Q(province=rule.province_id) | Q(pk__in=strays))
        departments = departments.annotate(coordinates=Exists(duty)).prefetch_related("former_names")
        self.all_departments = {department.pk: department for department in departments}
        self.departments = {
            pk: d for pk, d in self.all_departments.items() if d.province_id == rule.province_id
        }
        valid = HostUnit.objects.between(rule.window_from, self.until).filter(province=rule.province_id)
        self.units = list(HostUnit.objects.filter(Q(pk__in=valid) | Q(pk__in={row[4] for row in self.days})))

    def figures(self) -> dict[str, Any]:
        rule = self.rule
        visits = self._visits()
        recommendations = self._recommendations()
        return {
            "year": rule.year,
            "as_of": self.as_of.isoformat(),
            "province": {"id": rule.province_id, "name": rule.province.name},
            "window": [rule.window_from.isoformat(), rule.window_to.isoformat()],
            "required_days": rule.required_days,
            "totals": self._totals(),
            "officers": [self._officer(year) for year in self.years],
            "departments": self._departments(),
            "groups": self._groups(),
            "levels": self._levels(),
            "units": self._units(),
            "adhoc": self._adhoc(visits),
            "carried_out": _carried_out(v for v in visits if v["plan"]),
            "variances": _variances(visits),
            "recommendations": _fates(recommendations),
            "timeliness": self._timeliness(),
            "visit_list": self._visit_list(visits, recommendations),
            "paper": self._paper(),
        }

    # -- days -----------------------------------------------------------------------------------------------------------------

    def _totals(self) -> dict[str, Any]:
        quotas = [y for y in self.years if not y.target.is_exempt]
        return {
            "officers": len(self.years),
            "with_quota": len(quotas),
            "owed": sum(y.target.days for y in quotas),
            **{kind: sum(y.figures[kind] for y in self.years) for kind in KINDS},
            "visits": len({row[5] for row in self.days}),
            "units_visited": len({row[4] for row in self.days}),
            "quarters": _quarters(self.days),
            "standings": {s.value: sum(y.pace.status == s for y in self.years) for s in Standing},
        }

    def _officer(self, year: OfficerYear) -> dict[str, Any]:
        officer, owed = year.officer, year.target
        days = [row for row in self.days if row[0] == officer.pk]
        served = sorted(officer.memberships_of_year, key=lambda m: (m.valid_from, m.pk))
        return {
            "id": officer.pk,
            "name": officer.full_name,
            "post": officer.post,
            "departments": list(
                dict.fromkeys(
                    self.departments[m.department_id].name
                    for m in served
                    if m.department_id in self.departments
                )
            ),
            "required": owed.days,
            "computation": {"asked": owed.required, "in_scope": owed.in_scope, "window": owed.window},
            "explanation": list(owed.explanation),
            "quarters": _quarters(days),
            "total": year.pace.accepted,
            "percent": year.pace.percent,
            "visits": len({row[5] for row in days}),
            "status": str(year.pace.status.value),
            "missing": year.pace.missing,
            **{kind: year.figures[kind] for kind in KINDS if kind != "accepted"},
            "parts": [
                {"level": str(p.level), "required": p.days, "accepted": p.accepted, "missing": p.missing}
                for p in year.pace.parts
            ],
        }

    def _departments(self) -> list[dict[str, Any]]:
        members: dict[int, set[int]] = defaultdict(set)
        for year in self.years:
            for membership in year.officer.memberships_of_year:
                members[membership.department_id].add(year.officer.pk)
        rows = []
        for pk, department in self.all_departments.items():
            figures = self.by_department.get((pk,))
            if figures is None and not members[pk]:
                continue
            days = [row for row in self.days if row[1] == pk]
            rows.append(
                {
                    "id": pk,
                    "name": department.name_on(self.until),
                    "order": department.order,
                    "officers": len(members[pk]),
                    "visits": len({row[5] for row in days}),
                    "quarters": _quarters(days),
                    **{kind: (figures or {}).get(kind, 0) for kind in KINDS},
                }
            )
        return sorted(rows, key=lambda row: (row["order"], fold(row["name"]), row["id"]))

    def _groups(self) -> list[dict[str, Any]]:
        return [
            {
                "group": int(group.value),
                "quarters": _quarters(days),
                "total": sum(row[6] for row in days),
                "visits": len({row[5] for row in days}),
            }
            for group in ContentGroup
            for days in [[row for row in self.days if row[3] == group.value]]
        ]

    def _levels(self) -> list[dict[str, Any]]:
        level_of = {unit.pk: unit.level for unit in self.units}
        rows = []
        for level in Level:
            days = [row for row in self.days if level_of.get(row[4]) == level.value]
            units = sum(unit.level == level.value for unit in self.units)
            if units:
                rows.append(
                    {
                        "level": str(level.value),
                        "units": units,
                        "visited": len({row[4] for row in days}),
                        "visits": len({row[5] for row in days}),
                        "days": sum(row[6] for row in days),
                    }
                )
        return rows

    def _units(self) -> list[dict[str, Any]]:
        """Every unit valid in the year, visited or not."""
        order = {level.value: n for n, level in enumerate(Level)}
        at: dict[int, list[tuple]] = defaultdict(list)
        for row in self.days:
            at[row[4]].append(row)
        return [
            {
                "id": unit.pk,
                "code": unit.code,
                "name": unit.name,
                "level": str(unit.level),
                "visits": len({row[5] for row in at[unit.pk]}),
                "days": sum(row[6] for row in at[unit.pk]),
            }
            for unit in sorted(self.units, key=lambda u: (order[u.level], u.folded, u.pk))
        ]

    # -- visits ---------------------------------------------------------------------------------------------------------------

    def _visits(self) -> list[dict[str, Any]]:
        """The visits decided on that were to begin up to the day."""
        return self._rows_of(
            Visit.objects.decided().filter(
                quarter__province=self.rule.province_id,
                starts__range=(self.rule.window_from, self.until),
            )
        )

    def _rows_of(self, visits: VisitQuerySet) -> list[dict[str, Any]]:
        found = with_outcome(visits).values(*_OF_A_VISIT).annotate(planned=Count("days"))
        return sorted(found, key=lambda visit: visit["pk"])

    def _visit_list(
        self, visits: list[dict[str, Any]], recommendations: dict[int, tuple[int, str]]
    ) -> list[dict[str, Any]]:
        """Annex g: every visit of ``_visits``, and those with an accepted day that began before the year or in another province
        (``own`` is false). By date, then by the officer's given name."""
        known = {visit["pk"] for visit in visits}
        others = self._rows_of(Visit.objects.filter(pk__in={row[5] for row in self.days} - known))
        raised = Counter(visit for visit, _fate in recommendations.values())
        rows = sorted(
            (*visits, *others),
            key=lambda v: (v["starts"], v["ends"], v["officer__sort_name"], v["pk"]),
        )
        return [self._listed(visit, visit["pk"] in known, raised[visit["pk"]]) for visit in rows]

    def _listed(self, visit: dict[str, Any], own: bool, recommendations: int) -> dict[str, Any]:
        department = self.departments.get(visit["department"])
        return {
            "id": visit["pk"],
            "starts": visit["starts"].isoformat(),
            "ends": visit["ends"].isoformat(),
            "officer": visit["officer__full_name"],
            "department": department.name_on(visit["starts"]) if department else visit["department__name"],
            "unit": visit["unit__name"] or "",
            "level": visit["unit__level"] or "",
            "group": visit["group"],
            "content": visit["content"],
            "adhoc": not visit["plan"],
            "late": bool(visit["adhoc__late"]),
            "own": own,
            "planned": visit["planned"],
            **self.of_visit[visit["pk"]],
            "fate": visit["outcome"],
            "reason": visit["variance"],
            "recommendations": recommendations,
        }

    def _adhoc(self, visits: list[dict[str, Any]]) -> dict[str, Any]:
        adhoc = [visit for visit in visits if not visit["plan"]]
        return {
            "visits": len(adhoc),
            "late": sum(bool(visit["adhoc__late"]) for visit in adhoc),
            "days": sum(year.figures["adhoc"] for year in self.years),
            "not_carried_out": sum(visit["state"] != VisitState.APPROVED for visit in adhoc),
        }

    # -- papers ---------------------------------------------------------------------------------------------------------------

    def _recommendations(self) -> dict[int, tuple[int, str]]:
        """Of which visit each of the year's recommendations is and what became of it by the end of the day; one raised later is
        open."""
        raised = Recommendation.objects.filter(
            result__visit__quarter__province=self.rule.province_id,
            result__visit__starts__range=(self.rule.window_from, self.until),
        ).exclude(state=RecommendationState.NOTED)
        end = timezone.make_aware(datetime.combine(self.as_of + timedelta(days=1), time.min))
        found: dict[int, tuple[int, str]] = {}
        visit = Recommendation.objects.filter(pk=OuterRef("object_id")).values("result__visit")
        moves = Event.objects.filter(
            content_type=ContentType.objects.get_for_model(Recommendation),
            object_id__in=raised.values("pk"),
        ).annotate(visit=Subquery(visit))
        for pk, of, state, at in moves.order_by("pk").values_list("object_id", "visit", "to_state", "at"):
            if at < end and state in FATES:
                found[pk] = of, state
            else:
                found.setdefault(pk, (of, "open"))
        return found

    def _paper(self) -> dict[str, Any]:
        """What the paper prints besides: the documents it rests on, the code of the department that wrote it, who signs."""
        rule = self.rule
        writers = [d for _pk, d in sorted(self.departments.items()) if d.coordinates]
        code = initials(writers[0].name_on(self.as_of)) if writers else ""
        members = RoleGrant.objects.on(self.as_of).filter(province=rule.province_id, role=Role.COMMITTEE)
        signers = [
            name
            for name, post in sorted(set(members.values_list("user__full_name", "user__post")))
            if fold(post).startswith("bi thu")
        ]
        return {
            "legal_basis": [line.strip() for line in rule.legal_basis.splitlines() if line.strip()],
            "code": "-".join(filter(None, [rule.province.document_code, code])),
            "signer": signers[0] if len(signers) == 1 else "",
        }

    def _timeliness(self) -> list[dict[str, Any]]:
        """How many papers of the year's quarters came in time, and how many late; one query."""
        papers = filed(self.rule, (self.rule.window_from, self.until))
        counts = [
            found.order_by()
            .values("late")
            .annotate(kind=Value(kind), n=Count("pk"))
            .values_list("kind", "late", "n")
            for kind, found in papers.items()
        ]
        known = {(kind, late): n for kind, late, n in counts[0].union(*counts[1:], all=True)}
        return [
            {"kind": kind, "in_time": known.get((kind, False), 0), "late": known.get((kind, True), 0)}
            for kind in papers
        ]


def _quarters(days: Iterable[tuple]) -> list[int]:
    """Accepted days in each of the four quarters."""
    sums = [0, 0, 0, 0]
    for row in days:
        sums[row[2] - 1] += row[6]
    return sums


def _fates(recommendations: dict[int, tuple[int, str]]) -> dict[str, int]:
    """What became of the recommendations, counted."""
    found = [fate for _visit, fate in recommendations.values()]
    return {"total": len(found), **{fate: found.count(fate) for fate in FATES}}


def _carried_out(visits: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Planned against done, by visits and by their planned days."""
    fates = {fate: {"visits": 0, "days": 0} for fate in ("planned", *OUTCOMES)}
    for visit in visits:
        for name in ("planned", visit["outcome"]):
            fates[name]["visits"] += 1
            fates[name]["days"] += visit["planned"]
    return fates


def _variances(visits: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Why visits were not carried out."""
    closed = [visit for visit in visits if visit["state"] == VisitState.NOT_DONE]
    return [
        {
            "reason": str(reason.value),
            "visits": sum(visit["variance"] == reason.value for visit in closed),
            "days": sum(visit["planned"] for visit in closed if visit["variance"] == reason.value),
        }
        for reason in Variance
    ]
