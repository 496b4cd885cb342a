"""What the modules of the provinces are made of: people, departments, units, and the script of a quarter.

All names of people are invented. Nobody named in a source appears here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.models import Role

#: Everybody in the demonstration signs in with it.
PASSWORD = "dicoso-2026"
#: Shown when the command lists who signs in how: user names without the province's part.
SHOWN = ("canbo", "truongban", "phoban", "daumoi", "ketqua", "thuongtruc", "uyvien", "quantri")
#: Written wherever a figure, number or day comes from no source.
SAMPLE = "(số liệu mẫu)"

OFFICER, HEAD, DEPUTY = Role.OFFICER, Role.HEAD, Role.DEPUTY
COORDINATOR, RESULTS, COMMITTEE = Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE


@dataclass(frozen=True)
class Person:
    """One account. ``department`` is a code, empty for whoever belongs to none; ``quota`` False for driver, accountant, clerk."""

    username: str
    full_name: str
    department: str
    post: str
    roles: tuple[Role, ...] = (OFFICER,)
    quota: bool = True


@dataclass(frozen=True)
class Unit:
    """One host unit; ``parent`` and ``successors`` are codes."""

    code: str
    name: str
    level: str
    parent: str = ""
    since: date = date(2015, 1, 1)
    until: date | None = None
    successors: tuple[str, ...] = ()
    address: str = ""
    note: str = ""


@dataclass(frozen=True)
class Wish:
    """A line that one officer certainly plans: days of the quarter (1 is its first day), unit code, what for."""

    first: int
    days: int
    unit: str
    group: int
    content: str
    expected: str


@dataclass(frozen=True)
class AdHoc:
    """A visit nobody planned; ``by_phone``: agreed to by phone and registered after departure; ``refused`` by the head, why."""

    username: str
    first: int
    days: int
    unit: str
    group: int
    content: str
    expected: str
    by_phone: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Script:
    """What goes otherwise than smoothly in a quarter. Keys are user names or department codes, values what is said.

    Everything else runs as the rule has it: registered by day 5, sent by day 10, decided by day 15.
    """

    #: Fewest and most days an officer registers.
    days: tuple[int, int] = (14, 19)
    #: Registers after the due date, with the reason.
    late: Mapping[str, str] = field(default_factory=dict)
    #: Returned by the head, corrected and sent again.
    returned: Mapping[str, str] = field(default_factory=dict)
    #: A line struck by the head.
    struck: Mapping[str, str] = field(default_factory=dict)
    #: Has nothing when the department sends its plan, and comes later with a supplement.
    absent: Mapping[str, str] = field(default_factory=dict)
    #: The department sends after the due date.
    late_departments: Mapping[str, str] = field(default_factory=dict)
    #: Returned once by the coordinator, sent again.
    incomplete_departments: Mapping[str, str] = field(default_factory=dict)
    #: One line approved two days later than asked for.
    amended: Mapping[str, str] = field(default_factory=dict)
    #: One line not agreed by the committee.
    refused: Mapping[str, str] = field(default_factory=dict)
    #: Every line not agreed: the whole plan is not approved.
    rejected: Mapping[str, str] = field(default_factory=dict)
    #: Returned by the committee in its meeting.
    sent_back: Mapping[str, str] = field(default_factory=dict)
    #: Returned by the head and not sent again.
    left_returned: Mapping[str, str] = field(default_factory=dict)
    #: Departments that do not get beyond agreeing on some of their plans.
    stuck_departments: tuple[str, ...] = ()
    #: Departments whose plan lies before the committee, undecided.
    waiting_departments: tuple[str, ...] = ()
    #: Acts as head for this department on these days: (department, user name).
    acting_heads: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[str, tuple[Wish, ...]] = field(default_factory=dict)
    #: Moves the last visit by some days, asks to go to another unit, cancels one: with the reason.
    moved: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    cancelled: Mapping[str, str] = field(default_factory=dict)
    #: Does not carry one visit out: (kind of reason, what is said).
    not_done: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    adhoc: tuple[AdHoc, ...] = ()
    #: Reports results after the due date; gets the first one back once, with the comment.
    reports_late: tuple[str, ...] = ()
    sloppy: Mapping[str, str] = field(default_factory=dict)
    #: A meeting that was called and cancelled, with the reason.
    cancelled_meeting: str = ""


#: Belongs to no province.
REVIEWER = Person(
    "trunguong",
    "Thân Thị Minh Nguyệt",
    "",
    "Ban Tổ chức Trung ương Đoàn",
    (Role.CENTRAL,),
    quota=False,
)
