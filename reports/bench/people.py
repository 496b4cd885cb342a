"""The provinces of the large database: departments, people, host units. Every name is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

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
from fieldvisits.models import HostUnit, Level

from .writing import Writer

#: Everybody who is named in ``SIGN_IN`` signs in with it.
PASSWORD = "do-toc-do-2026"
#: One person for each role, all of the first province but the reviewer.
SIGN_IN = {
    Role.OFFICER: "bench.canbo",
    Role.HEAD: "bench.truongban",
    Role.DEPUTY: "bench.phoban",
    Role.COORDINATOR: "bench.daumoi",
    Role.RESULTS_DESK: "bench.ketqua",
    Role.COMMITTEE: "bench.thuongtruc",
    Role.EXECUTIVE: "bench.uyvien",
    Role.ADMINISTRATOR: "bench.quantri",
    Role.CENTRAL: "bench.trunguong",
}
#: (code, name) of a province's departments; the second holds both duties.
DEPARTMENTS = (
    ("van-phong", "Văn phòng"),
    ("xay-dung-doan", "Ban Xây dựng Đoàn"),
    ("phong-trao", "Ban Phong trào"),
    ("tuyen-giao", "Ban Tuyên giáo"),
)
DESK, LINE = 1, 2  # the department of the desks, and the one whose people sign in
#: The day on which the level of districts ended.
DISTRICTS_UNTIL, COMMUNES_SINCE = date(2025, 6, 30), date(2025, 7, 1)

_FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
_MIDDLE = ["Văn", "Thị", "Đức", "Minh", "Thu", "Quang", "Ngọc", "Hữu", "Thanh", "Xuân"]
_GIVEN = [
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hùng",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Minh",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Trang",
    "Tuấn",
    "Vân",
    "Yến",
    "Đạt",
    "Ánh",
    "Ân",
]
_PLACE_FIRST = [
    "An",
    "Bình",
    "Cẩm",
    "Đại",
    "Đông",
    "Gia",
    "Hòa",
    "Hưng",
    "Long",
    "Mỹ",
    "Nam",
    "Phú",
    "Quang",
    "Sơn",
    "Tân",
    "Thanh",
    "Thịnh",
    "Thuận",
    "Tiên",
    "Vĩnh",
    "Xuân",
    "Yên",
]
_PLACE_SECOND = [
    "Bắc",
    "Dương",
    "Giang",
    "Hà",
    "Hải",
    "Khê",
    "Lâm",
    "Lạc",
    "Lộc",
    "Minh",
    "Nguyên",
    "Ninh",
    "Phong",
    "Quế",
    "Sơn",
    "Thành",
    "Thủy",
    "Trung",
]


@dataclass
class Place:
    """A province of the large database. ``teams`` are the officers of each department, the head first, then the deputy."""

    province: Province
    departments: list[Department]
    teams: list[list[User]]
    member: User
    second_member: User
    coordinator: User
    results_desk: User
    units: list[HostUnit] = field(default_factory=list)

    def units_on(self, day: date) -> list[HostUnit]:
        return [unit for unit in self.units if unit.holds_on(day)]


def make_place(write: Writer, number: int, officers: int, since: date, password: str) -> Place:
    """The ``number``-th province (0 is the first) with ``officers`` people who owe days, from ``since`` on."""
    rng = Random(f"province {number}")
    name = f"Tỉnh mẫu {number + 1:02d}"
    province = write.add(
        Province, name=name, slug=f"tinh-mau-{number + 1:02d}", document_code=f"TM{number + 1:02d}"
    )
    departments = [
        write.add(Department, province=province, code=code, name=title, order=order, valid_from=since)
        for order, (code, title) in enumerate(DEPARTMENTS, start=1)
    ]
    for duty in Duty:
        write.add(DepartmentDuty, department=departments[DESK], duty=duty, valid_from=since)

    def person(role: Role, department: int | None, post: str, *more: Role) -> User:
        known = SIGN_IN[role] if number == 0 and not made[role] else ""
        made[role] += 1
        serial = sum(made.values())
        username = known or f"tm{number + 1:02d}.cb{serial:02d}"
        user = write.add(
            User,
            username=username,
            email=f"{username}@{province.slug}.example",
            full_name=f"{rng.choice(_FAMILY)} {rng.choice(_MIDDLE)} {rng.choice(_GIVEN)}",
            province=province,
            code=f"CB{serial:02d}",
            post=post,
            movement_work=department is not None,
            password=password if known else f"{UNUSABLE_PASSWORD_PREFIX}bench",
        )
        if department is not None:
            write.add(Membership, user=user, department=departments[department], valid_from=since)
        for held in {role: None, **dict.fromkeys(more)}:
            write.add(
                RoleGrant,
                user=user,
                role=held,
                province=province,
                department=departments[department or 0] if held in DEPARTMENT_ROLES else None,
                valid_from=since,
            )
        return user

    made = dict.fromkeys(Role, 0)
    own = Role.OFFICER
    teams: list[list[User]] = [[], [], [], []]
    # whoever signs in as the head leads the department whose officers sign in, too
    for department in (LINE, DESK, 0, 3):
        teams[department].append(person(Role.HEAD, department, "Trưởng ban", own))
        teams[department].append(person(Role.DEPUTY, department, "Phó Trưởng ban", own))
    member = person(Role.COMMITTEE, 0, "Bí thư", own)
    second_member = person(Role.COMMITTEE, 0, "Phó Bí thư", own)
    coordinator = person(Role.COORDINATOR, DESK, "Chuyên viên", own)
    results_desk = person(Role.RESULTS_DESK, DESK, "Chuyên viên", own)
    teams[0] += [member, second_member]
    teams[DESK] += [coordinator, results_desk]
    for n in range(max(1, officers - 12)):
        department = (LINE, 3, DESK, 0)[n % 4]
        teams[department].append(person(Role.OFFICER, department, "Chuyên viên"))
    person(Role.EXECUTIVE, None, "Ủy viên Ban Thường vụ")
    person(Role.ADMINISTRATOR, None, "Quản trị")
    place = Place(province, departments, teams, member, second_member, coordinator, results_desk)
    place.units = _make_units(write, province, rng, since)
    return place


def _make_units(write: Writer, province: Province, rng: Random, since: date) -> list[HostUnit]:
    """155 units: districts until the level ended, then communes; affiliated and grassroots unions all the time."""
    names = [f"{first} {second}" for first in _PLACE_FIRST for second in _PLACE_SECOND]
    rng.shuffle(names)

    def unit(code: str, name: str, level: Level, first: date, last: date | None = None) -> HostUnit:
        return write.add(
            HostUnit,
            province=province,
            code=code,
            name=name,
            level=level,
            valid_from=first,
            valid_to=last,
            contact_name=f"Đ/c {rng.choice(_FAMILY)} {rng.choice(_GIVEN)}",
            contact_phone="0900 000 000",
        )

    districts = [
        unit(f"h{n:02d}", f"Huyện đoàn {names.pop()}", Level.DISTRICT, since, DISTRICTS_UNTIL)
        for n in range(10)
        if since <= DISTRICTS_UNTIL
    ]
    communes = []
    for n in range(110):
        # two in three stood before, too, and carry on
        first = since if n % 3 else max(since, COMMUNES_SINCE)
        communes.append(unit(f"x{n:03d}", f"Đoàn xã {names.pop()}", Level.COMMUNE, first))
    affiliated = [unit(f"t{n:02d}", f"Đoàn khối {names.pop()}", Level.AFFILIATED, since) for n in range(8)]
    grassroots = [unit(f"c{n:02d}", f"Đoàn trường {names.pop()}", Level.GRASSROOTS, since) for n in range(27)]
    for n, district in enumerate(districts):
        for commune in communes[n::10]:
            write.add(HostUnit.successors.through, from_hostunit_id=district.pk, to_hostunit_id=commune.pk)
    return [*districts, *communes, *affiliated, *grassroots]


def make_reviewer(write: Writer, since: date, password: str) -> None:
    """The central reviewer."""
    username = SIGN_IN[Role.CENTRAL]
    user = write.add(
        User,
        username=username,
        email=f"{username}@trunguong.example",
        full_name="Lê Thu Vân",
        post="Ban Tổ chức",
        movement_work=False,
        password=password,
    )
    write.add(RoleGrant, user=user, role=Role.CENTRAL, valid_from=since)
