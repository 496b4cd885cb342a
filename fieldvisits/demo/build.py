"""Makes the two provinces and plays their quarters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import ModuleType

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts import clock
from accounts.models import (
    DEPARTMENT_ROLES,
    Delegation,
    Department,
    DepartmentDuty,
    Duty,
    Membership,
    Province,
    Role,
    RoleGrant,
    User,
)
from fieldvisits.models import Exemption, HostUnit, Quarter, UnitAssignment, YearRule
from fieldvisits.models.exemptions import ExemptionKind

from ..workflow import ResultState
from . import present, thai_nguyen, vinh_phuc
from .afterwards import Afterwards
from .annual import AnnualRun
from .people import PASSWORD, REVIEWER, SAMPLE, Unit
from .runner import QuarterRun, moment

Say = Callable[[str], None]
PROVINCES = (thai_nguyen, vinh_phuc)


@transaction.atomic
def build(say: Say) -> None:
    """Everything, in one transaction: all of it or nothing."""
    _plan_by_indexes()
    password = make_password(PASSWORD)
    for data in PROVINCES:
        people = make_province(data, password)
        units = HostUnit.objects.filter(province__slug=data.SLUG).count()
        say(f"{data.NAME}: {len(people)} people, {units} host units")
        if data is thai_nguyen:
            run_thai_nguyen(people, say)
        else:
            run_vinh_phuc(people, say)
    make_reviewer(password)


def _plan_by_indexes() -> None:
    """PostgreSQL knows nothing yet of rows that are not committed: it takes the tables for empty and would read them from end to
    end, again and again, while they grow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


def make_province(data: ModuleType, password: str) -> dict[str, User]:
    """The province with its departments, people and units; the people by user name."""
    province = Province.objects.create(name=data.NAME, slug=data.SLUG, document_code=data.DOCUMENT_CODE)
    departments = {
        code: Department.objects.create(
            province=province, code=code, name=name, order=n, valid_from=data.SINCE
        )
        for n, (code, name) in enumerate(data.DEPARTMENTS, start=1)
    }
    for duty in Duty:
        DepartmentDuty.objects.create(department=departments[data.DESK], duty=duty, valid_from=data.SINCE)
    renamed = getattr(data, "RENAMED", None)
    if renamed:
        departments[renamed[0]].rename(renamed[1], first_day=renamed[2])
    people = {}
    for number, person in enumerate(data.PEOPLE, start=1):
        user = User(
            username=person.username,
            email=f"{person.username}@tinhdoan.example",
            full_name=person.full_name,
            province=province,
            code=f"CB{number:02d}",
            post=person.post,
            movement_work=person.quota,
            password=password,
        )
        user.save()
        if person.department:
            Membership.objects.create(
                user=user, department=departments[person.department], valid_from=data.SINCE
            )
        for role in person.roles:
            RoleGrant.objects.create(
                user=user,
                role=role,
                province=province,
                department=departments[person.department] if role in DEPARTMENT_ROLES else None,
                valid_from=data.SINCE,
            )
        people[person.username] = user
    make_units(province, data.units())
    return people


def make_units(province: Province, units: list[Unit]) -> None:
    made: dict[str, HostUnit] = {}
    for unit in units:
        made[unit.code] = HostUnit.objects.create(
            province=province,
            code=unit.code,
            name=unit.name,
            level=unit.level,
            parent=made.get(unit.parent),
            valid_from=unit.since,
            valid_to=unit.until,
            address=unit.address,
            note=unit.note,
        )
        if unit.successors:
            made[unit.code].successors.set(made[code] for code in unit.successors)


def make_reviewer(password: str) -> None:
    user = User(
        username=REVIEWER.username,
        email=f"{REVIEWER.username}@trunguongdoan.example",
        full_name=REVIEWER.full_name,
        post=REVIEWER.post,
        movement_work=False,
        password=password,
    )
    user.save()
    RoleGrant.objects.create(user=user, role=Role.CENTRAL, valid_from=thai_nguyen.SINCE)


def rule(province: Province, year: int, legal_basis: str) -> None:
    """The year's rule with the defaults, and its quarters."""
    YearRule.draft(province, year, legal_basis=legal_basis).establish()


def delegate(
    people: dict[str, User], holder: str, stand_in: str, first: date, last: date, reason: str
) -> None:
    """The head's role lent for a dated period."""
    row = Delegation(
        grant=people[holder].grants.get(role=Role.HEAD),
        delegate=people[stand_in],
        valid_from=first,
        valid_to=last,
        reason=reason,
    )
    row.full_clean()
    row.save()


def run_thai_nguyen(people: dict[str, User], say: Say) -> None:
    data = thai_nguyen
    province = Province.objects.get(slug=data.SLUG)
    rule(province, 2021, data.LEGAL_BASIS_2021)
    name, first, last = data.LEAVE
    Exemption.objects.create(
        officer=people[name],
        kind=ExemptionKind.MATERNITY,
        reason="Nghỉ thai sản",
        decision=f"Quyết định số 45-QĐ/TĐTN {SAMPLE}",
        valid_from=first,
        valid_to=last,
    )
    delegate(
        people,
        "tn.tuyengiao",
        "tn.thinh",
        date(2021, 7, 1),
        date(2021, 7, 12),
        "Trưởng ban đi cơ sở dài ngày",
    )
    for number, script in data.YEAR_2021.items():
        run = QuarterRun(present.quarter_of(province, 2021, number), people, script)
        run.run()
        play = Afterwards(run)
        if number == 4:
            who = {"writer": people["tn.daumoi"], "member": people["tn.thuongtruc"]}
            AnnualRun(play, "provisional", number=412, **who).plan(date(2021, 11, 30), sent=False)
            AnnualRun(play, "final", number=27, **who).plan(date(2022, 1, 20))
        play.play()
        say(summary(run.quarter))
    for quarter in present.run(province, people, rule, delegate):
        say(summary(quarter))


def run_vinh_phuc(people: dict[str, User], say: Say) -> None:
    data = vinh_phuc
    province = Province.objects.get(slug=data.SLUG)
    rule(province, 2020, data.LEGAL_BASIS_2020)
    units = {unit.code: unit for unit in HostUnit.objects.filter(province=province)}
    for name, codes in data.IN_CHARGE.items():
        for code in codes:
            UnitAssignment.objects.create(unit=units[code], officer=people[name], valid_from=date(2020, 1, 1), valid_to=date(2020, 12, 31))  # fmt: skip
    first = present.quarter_of(province, 2020, 1)
    with clock.at(moment(first.opens_on, 8)):
        first.perform("open", by=people["vp.daumoi"].powers)
    with clock.at(moment(data.SUSPENDED_ON, 16)):
        first.perform("suspend", by=people["vp.thuongtruc"].powers, comment=data.SUSPENSION)
    say(summary(first))
    for number, script in data.YEAR_2020.items():
        run = QuarterRun(present.quarter_of(province, 2020, number), people, script)
        run.run()
        play = Afterwards(run)
        if number == 4:
            who = {"writer": people["vp.daumoi"], "member": people["vp.thuongtruc"]}
            AnnualRun(play, "provisional", number=305, **who).plan(date(2020, 11, 30))
            play.at(date(2021, 1, 18), 9, AnnualRun(play, "final", number=0, **who).write)
        play.play()
        say(summary(run.quarter))


def summary(quarter: Quarter) -> str:
    """A line of progress."""
    if quarter.is_suspended:
        return f"{quarter.province}, {quarter}: suspended"
    plans, lines = quarter.officer_plans.count(), quarter.visits.count()
    accepted = quarter.visits.filter(result__state=ResultState.ACCEPTED).count()
    return f"{quarter.province}, {quarter}: {plans} plans, {lines} visits, {accepted} accepted results"
