"""The named people of the tests, one for each thing a person can be, in two provinces that must never meet."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date

from django.contrib.auth.hashers import make_password

from accounts.models import (
    DEPARTMENT_ROLES,
    Department,
    DepartmentDuty,
    Duty,
    Membership,
    Province,
    Role,
    RoleGrant,
    User,
)

SINCE = date(2020, 1, 1)
PASSWORD = "mat-khau-thu-nghiem"


@dataclass
class Cast:
    """Everybody. The province is Thái Nguyên unless the name says otherwise; ``movement`` is the department of most of them."""

    province: Province
    movement: Department
    building: Department
    officer: User
    colleague: User
    head: User
    deputy: User
    other_officer: User
    other_head: User
    coordinator: User
    results_desk: User
    member: User
    second_member: User
    executive: User
    administrator: User
    driver: User
    central: User
    other_province: Province
    other_department: Department
    stranger: User
    strange_head: User
    strange_coordinator: User
    strange_member: User
    people: dict[str, User] = field(default_factory=dict)


def make_cast() -> Cast:
    """Make everybody; a dozen statements, one password hash."""
    tn = Province.objects.create(name="Thái Nguyên", slug="thai-nguyen", document_code="TĐTN")
    vp = Province.objects.create(name="Vĩnh Phúc", slug="vinh-phuc", document_code="TĐVP")
    movement = Department.objects.create(
        province=tn, code="pt", name="Ban Phong trào", valid_from=SINCE, order=2
    )
    building = Department.objects.create(
        province=tn, code="xdd", name="Ban Xây dựng Đoàn", valid_from=SINCE, order=1
    )
    there = Department.objects.create(province=vp, code="pt", name="Ban Phong trào", valid_from=SINCE)
    for duty in Duty:
        DepartmentDuty.objects.create(department=building, duty=duty, valid_from=SINCE)
        DepartmentDuty.objects.create(department=there, duty=duty, valid_from=SINCE)

    # in bulk: nearly every test begins here, and nobody's history starts with the cast
    memberships: list[Membership] = []
    grants: list[RoleGrant] = []
    password = make_password(PASSWORD)

    def person(username: str, full_name: str, department: Department | None, *roles: Role, **more) -> User:
        province = more.pop("province", department.province if department else None)
        user = User(
            username=username,
            email=f"{username}@example.vn",
            password=password,
            full_name=full_name,
            province=province,
            **more,
        )
        if department:
            memberships.append(Membership(user=user, department=department, valid_from=SINCE))
        grants.extend(
            RoleGrant(
                user=user,
                role=role,
                province=None if role == Role.CENTRAL else province,
                department=department if role in DEPARTMENT_ROLES else None,
                valid_from=SINCE,
            )
            for role in roles
        )
        return user

    cast = Cast(
        tn,
        movement,
        building,
        officer=person("an", "Nguyễn Văn An", movement, Role.OFFICER),
        colleague=person("binh", "Trần Thị Bình", movement, Role.OFFICER),
        head=person("chi", "Lê Thị Chi", movement, Role.OFFICER, Role.HEAD),
        deputy=person("dung", "Phạm Văn Dũng", movement, Role.OFFICER, Role.DEPUTY),
        other_officer=person("giang", "Đỗ Thị Giang", building, Role.OFFICER),
        other_head=person("hai", "Hoàng Văn Hải", building, Role.OFFICER, Role.HEAD),
        coordinator=person("khanh", "Vũ Thị Khánh", building, Role.OFFICER, Role.COORDINATOR),
        results_desk=person("lam", "Bùi Văn Lâm", building, Role.OFFICER, Role.RESULTS_DESK),
        member=person("minh", "Đặng Thị Minh", building, Role.OFFICER, Role.COMMITTEE),
        second_member=person("nam", "Ngô Văn Nam", building, Role.OFFICER, Role.COMMITTEE),
        executive=person("oanh", "Dương Thị Oanh", None, Role.EXECUTIVE, province=tn),
        administrator=person("phuc", "Lý Văn Phúc", None, Role.ADMINISTRATOR, province=tn),
        driver=person("quy", "Mai Văn Quý", movement, Role.OFFICER, movement_work=False),
        central=person("trung-uong", "Tạ Thị Thu", None, Role.CENTRAL),
        other_province=vp,
        other_department=there,
        stranger=person("son", "Trịnh Văn Sơn", there, Role.OFFICER),
        strange_head=person("tam", "Hà Thị Tâm", there, Role.OFFICER, Role.HEAD),
        strange_coordinator=person("uyen", "Cao Thị Uyên", there, Role.OFFICER, Role.COORDINATOR),
        strange_member=person("vinh", "Đinh Văn Vinh", there, Role.OFFICER, Role.COMMITTEE),
    )
    cast.people = {
        f.name: getattr(cast, f.name) for f in fields(cast) if isinstance(getattr(cast, f.name), User)
    }
    User.objects.bulk_create(cast.people.values())
    Membership.objects.bulk_create(memberships)
    RoleGrant.objects.bulk_create(grants)
    return cast
