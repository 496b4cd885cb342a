"""Fills a database with many provinces and years, in bulk: see ``manage.py bench_data``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accounts import clock
from accounts.models import (
    Department,
    DepartmentDuty,
    Membership,
    Province,
    RoleGrant,
    User,
)
from fieldvisits.models import (
    AdHocRequest,
    Decision,
    DepartmentPlan,
    DepartmentReport,
    Event,
    HostFeedback,
    HostLink,
    HostNotice,
    HostUnit,
    LineDecision,
    NoticeLine,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Recommendation,
    Visit,
    VisitDay,
    VisitResult,
    YearRule,
)

from ..models import AnnualReport
from .afterwards import make_annual_report, make_letters, make_quarter_reports
from .people import PASSWORD, Place, make_place, make_reviewer
from .quarters import QuarterRun
from .writing import Writer

#: The models that are filled, each after those its rows refer to; events refer to papers by number only, so they come first.
ORDER = (
    Province,
    Department,
    DepartmentDuty,
    User,
    Membership,
    RoleGrant,
    HostUnit,
    HostUnit.successors.through,
    YearRule,
    Event,
    Quarter,
    Decision,
    DepartmentPlan,
    OfficerPlan,
    Visit,
    VisitDay,
    LineDecision,
    AdHocRequest,
    VisitResult,
    Recommendation,
    HostNotice,
    HostLink,
    NoticeLine,
    HostFeedback,
    QuarterReport,
    DepartmentReport,
    AnnualReport,
)


@dataclass(frozen=True)
class Size:
    """How much: provinces, years (of four quarters up to the one that runs), officers of a province, visits in a plan."""

    provinces: int
    years: int
    officers: int
    visits: int


def fill(size: Size, say: Callable[[str], None]) -> Writer:
    """Everything, a transaction for each province; the writer says how many rows of each kind were written."""
    today, write = clock.today(), Writer(*ORDER)
    quarters = list(quarters_until(today, size.years * 4))
    years = sorted({year for year, _number in quarters})
    since = date(years[0], 1, 1)
    password = make_password(PASSWORD)
    ContentType.objects.clear_cache()
    for number in range(size.provinces):
        with transaction.atomic():
            place = make_place(write, number, size.officers, since, password)
            if number == 0:
                make_reviewer(write, since, password)
            rules = {year: _rule(write, place, year) for year in years}
            for year, quarter_number in quarters:
                _quarter(write, place, rules[year], quarter_number, today, size)
            write.flush()
        said = f"{place.province}: {sum(write.written.values()):,} rows so far"
        say(f"{number + 1}/{size.provinces}  {said}")
        if number == 0:
            _analyze()  # so that the figures of the annual reports are not compiled with plans made for empty tables
        with transaction.atomic():
            for year in years:
                if year < today.year:
                    make_annual_report(write, place, rules[year], today)
            write.flush()
    write.finish()
    return write


def quarters_until(today: date, number: int) -> Iterator[tuple[int, int]]:
    """(year, quarter) of the last ``number`` quarters up to the one of ``today``, and of the one that follows."""
    current = today.year * 4 + (today.month - 1) // 3
    for n in range(current - number + 1, current + 2):
        yield n // 4, n % 4 + 1


def _rule(write: Writer, place: Place, year: int) -> YearRule:
    """The year's rule with the defaults, and its public holidays."""
    rule = YearRule.draft(place.province, year, legal_basis="Kế hoạch mẫu về việc cán bộ đi cơ sở")
    values = {
        f.attname: getattr(rule, f.attname) for f in YearRule._meta.concrete_fields if not f.primary_key
    }
    return write.add(YearRule, **values)


def _quarter(write: Writer, place: Place, rule: YearRule, number: int, today: date, size: Size) -> None:
    quarter = write.add(
        Quarter,
        province=place.province,
        year=rule.year,
        number=number,
        state="open",
        **rule._due_dates(number),
    )
    quarter.__dict__["rule"] = rule
    run = QuarterRun(write, place, quarter, today, size.visits)
    desk = (place.coordinator, "coordinator")
    run.moved(quarter, "open", ("scheduled", "open"), desk, min(quarter.opens_on, today))
    run.run()
    if quarter.starts <= today:
        make_letters(run)
        make_quarter_reports(run)


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
