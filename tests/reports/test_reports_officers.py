"""Reports 1 to 4 and the days behind them, against a year small enough to be added up by hand.

Looked at on 4 May 2026, day 124 of 365. Everybody owes 60 days unless a decision says otherwise.

- An (Ban Phong trào): 20-21 January by plan, 21-22 January ad hoc - the 21st counts once -, 20-21 April by plan: 5 days.
- Bình: 20-21 January in Ban Phong trào, moved to Ban Xây dựng Đoàn on 1 February, 10-12 February ad hoc: 5 days.
- Giang (Ban Xây dựng Đoàn): owes 2 by decision, 2-3 February at a commune, reported late: 2 days.
- Dũng (Ban Phong trào): owes nothing by decision.
"""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Membership
from fieldvisits.models import Exemption
from tests.conftest import looked_at, written_once
from tests.factories import make_result, make_unit, make_visit
from tests.reports.world import page_of


def owes(officer, days):
    Exemption.objects.create(
        officer=officer,
        kind="other",
        reason="Biệt phái",
        decision="QĐ 1",
        days=days,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )


pytestmark = pytest.mark.xdist_group("officers-year")  # one worker writes it once


def small_year(cast, now):
    district = make_unit(cast)
    commune = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    make_unit(cast, "Đoàn xã Thần Sa", level="commune")
    for officer, first, days, unit, group in (
        (cast.officer, date(2026, 1, 20), 2, district, 1),
        (cast.officer, date(2026, 1, 21), 2, district, 2),
        (cast.officer, date(2026, 4, 20), 2, district, 1),
        (cast.colleague, date(2026, 1, 20), 2, district, 1),
        (cast.colleague, date(2026, 2, 10), 3, district, 2),
    ):
        make_result(cast, make_visit(cast, officer, first, days, unit=unit, group=group), "accepted")
    visit = make_visit(cast, cast.other_officer, date(2026, 2, 2), 2, unit=commune, group=3)
    result = make_result(cast, visit)
    now.move_to("2026-03-01T08:00:00+07:00")
    result.perform("submit", by=cast.other_officer, comment="Đi công tác")
    result.perform("accept", by=cast.other_head)
    Membership.objects.filter(user=cast.colleague).update(valid_to=date(2026, 1, 31))
    Membership.objects.create(user=cast.colleague, department=cast.building, valid_from=date(2026, 2, 1))
    owes(cast.other_officer, 2)
    owes(cast.deputy, 0)
    return cast


@pytest.fixture(scope="module")
def _written(django_db_setup, django_db_blocker):
    with written_once(django_db_blocker, small_year) as cast:
        yield cast


@pytest.fixture
def year(_written):
    with looked_at("2026-05-04T09:00:00+07:00"):
        yield _written


@pytest.fixture
def read(year, sign_in, english):
    """``read(slug, who="member", **filters)``: the table of the report's page."""

    def table(slug, who="member", **filters):
        query = "&".join(f"{name}={value}" for name, value in {"year": 2026, **filters}.items())
        return page_of(sign_in(getattr(year, who)), f"{reverse('report', args=[slug])}?{query}")

    return table


def columns(table, *names):
    """{first cell: values of the columns called ``names``}."""
    places = [table.headings.index(name) for name in names]
    return {row[0]: tuple(row[n] for n in places) for row in table.rows}


def total(table, *names):
    return tuple(table.totals[table.headings.index(name)] for name in names)


# -- 1. by officer -----------------------------------------------------------------------------------------------------------

KINDS = ("Registered", "Approved", "Reported", "Accepted", "Confirmed by hosts")


def test_the_check_of_every_officer(read):
    table = read("officers")
    found = columns(
        table, "Owed", "Quarter I", "Quarter II", "Quarter III", "Accepted", "Share", "Missing", "Status"
    )
    assert found["Nguyễn Văn An"] == ("60", "3", "2", "0", "5", "8 %", "55", "At risk")
    assert found["Trần Thị Bình"] == ("60", "5", "0", "0", "5", "8 %", "55", "At risk")
    assert found["Đỗ Thị Giang"] == ("2", "2", "0", "0", "2", "100 %", "0", "Met")
    assert found["Phạm Văn Dũng"] == ("0", "0", "0", "0", "0", "", "0", "Exempt")
    assert found["Lê Thị Chi"] == ("60", "0", "0", "0", "0", "0 %", "60", "At risk")
    assert len(found) == 10  # the driver, who owes nothing by post, is not among them
    assert total(table, "Owed", "Quarter I", "Quarter II", "Accepted", "Missing") == (
        "482",  # 8 × 60 + 2
        "10",
        "2",
        "12",
        "470",  # 6 × 60 + 2 × 55
    )


def test_a_date_on_two_visits_is_one_day_of_every_kind(read):
    assert columns(read("officers"), *KINDS)["Nguyễn Văn An"] == ("5", "5", "5", "5", "0")


def test_pace_and_projection(read):
    """60 × 124 ÷ 365 = 20 by today; 55 days in 241 days from tomorrow on are 1.6 a week."""
    found = columns(read("officers"), "Expected by today", "Projection", "Needed a week")
    assert found["Nguyễn Văn An"] == ("20", "5", "1.6")
    assert found["Phạm Văn Dũng"] == ("0", "0", "")


def test_officers_stand_by_given_name(read):
    names = [
        "Nguyễn Văn An",
        "Trần Thị Bình",
        "Lê Thị Chi",
        "Phạm Văn Dũng",
        "Đỗ Thị Giang",
        "Hoàng Văn Hải",
        "Vũ Thị Khánh",
        "Bùi Văn Lâm",
        "Đặng Thị Minh",
        "Ngô Văn Nam",
    ]
    assert [row[0] for row in read("officers").rows] == names
    assert [row[0] for row in read("officers", sort="officer").rows] == names
    assert [row[0] for row in read("officers", sort="-officer").rows] == names[::-1]


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("accepted", "Lê Thị Chi", "Trần Thị Bình"),
        ("-accepted", "Nguyễn Văn An", "Ngô Văn Nam"),
        # whoever owes nothing has no share: last either way
        ("percent", "Lê Thị Chi", "Phạm Văn Dũng"),
        ("-percent", "Đỗ Thị Giang", "Phạm Văn Dũng"),
        # from the best standing to the worst
        ("status", "Đỗ Thị Giang", "Phạm Văn Dũng"),
    ],
)
def test_it_is_sorted_both_ways_with_nothing_last(read, sort, first, last):
    rows = read("officers", sort=sort).rows
    assert (rows[0][0], rows[-1][0]) == (first, last)


def test_a_quarter_shows_its_days_and_the_whole_years_standing(read):
    table = read("officers", quarter=2)
    assert "Quarter I" not in table.headings
    assert columns(table, "Accepted", "Missing")["Nguyễn Văn An"] == ("2", "55")
    assert columns(table, "Accepted", "Missing")["Trần Thị Bình"] == ("0", "55")
    assert total(table, "Accepted") == ("2",)


def test_a_department_shows_whoever_belonged_to_it_with_the_days_of_that_time(year, read):
    there = columns(read("officers", department=year.building.pk), "Accepted", "Missing")
    assert there["Trần Thị Bình"] == ("3", "55")
    assert len(there) == 7
    assert columns(read("officers", department=year.movement.pk), "Accepted") == {
        "Nguyễn Văn An": ("5",),
        "Trần Thị Bình": ("2",),
        "Lê Thị Chi": ("0",),
        "Phạm Văn Dũng": ("0",),
    }


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("exempt", ["Phạm Văn Dũng"]),
        ("met", ["Đỗ Thị Giang"]),
        ("reached", ["Đỗ Thị Giang"]),
        ("exceeded", []),
    ],
)
def test_a_status_shows_those_who_stand_so(read, status, names):
    assert [row[0] for row in read("officers", status=status).rows] == names


def test_another_kind_by_quarters(read):
    found = columns(
        read("officers", kind="adhoc"), "On ad-hoc visits I", "On ad-hoc visits II", "On ad-hoc visits"
    )
    assert found["Nguyễn Văn An"] == ("1", "0", "1")  # the 21st counts on the visit of the plan
    assert found["Trần Thị Bình"] == ("3", "0", "3")


@pytest.mark.parametrize(
    ("who", "number"), [("officer", 1), ("head", 4), ("other_head", 7), ("executive", 10)]
)
def test_one_reads_those_in_ones_sight(read, who, number):
    assert len(read("officers", who).rows) == number


# -- the days behind a number ------------------------------------------------------------------------------------------------


def test_the_days_behind_a_number(year, read):
    table = read("days", officer=year.officer.pk, kind="accepted")
    assert [(row[0], row[2]) for row in table.rows] == [
        ("20/01/2026", "Ban Phong trào"),
        ("21/01/2026", "Ban Phong trào"),
        ("22/01/2026", "Ban Phong trào"),
        ("20/04/2026", "Ban Phong trào"),
        ("21/04/2026", "Ban Phong trào"),
    ]


def test_days_reported_twice_are_told_apart(year, read, client):
    table = read("days", officer=year.officer.pk, kind="done", quarter=1)
    assert [(row[0], row[table.headings.index("Counts")]) for row in table.rows] == [
        ("20/01/2026", "yes"),
        ("21/01/2026", "yes"),
        ("21/01/2026", "the day already counts on another visit"),
        ("22/01/2026", "yes"),
    ]
    page = client.get(f"/reports/days/?year=2026&quarter=1&kind=done&officer={year.officer.pk}")
    assert "3 days; a date of an officer on two visits counts once." in page.content.decode()


def test_a_day_stands_in_the_department_of_its_date(year, read):
    rows = read("days", officer=year.colleague.pk).rows
    assert [(row[0], row[2]) for row in rows] == [
        ("20/01/2026", "Ban Phong trào"),
        ("21/01/2026", "Ban Phong trào"),
        ("10/02/2026", "Ban Xây dựng Đoàn"),
        ("11/02/2026", "Ban Xây dựng Đoàn"),
        ("12/02/2026", "Ban Xây dựng Đoàn"),
    ]


@pytest.mark.parametrize("kind", ["registered", "approved", "done", "accepted", "confirmed", "adhoc"])
@pytest.mark.parametrize("quarter", ["", 1, 2])
def test_every_number_is_the_number_of_its_days(year, read, client, kind, quarter):
    """The link of each number of days opens as many different dates of the officer as the number says."""
    table = read("officers", kind=kind, quarter=quarter)
    page = client.get(f"/reports/officers/?year=2026&kind={kind}&quarter={quarter}")
    checked = 0
    for line in page.context["lines"]:
        for cell in line:
            if cell.url and cell.url.startswith("/reports/days/"):
                days = page_of(client, cell.url)
                assert len({(row[0], row[1]) for row in days.rows}) == cell.value, cell.url
                checked += 1
    assert checked or kind == "confirmed" or (kind, quarter) == ("adhoc", 2)
    assert table.rows


# -- 2. by department --------------------------------------------------------------------------------------------------------


def test_departments_side_by_side(read):
    names = (
        "Officers",
        "With days to do",
        "Met or exceeded",
        "Share that met",
        "Accepted days on average",
        "Accepted",
        "Late papers",
    )
    table = read("departments")
    assert columns(table, *names) == {
        "Ban Xây dựng Đoàn": ("7", "7", "1", "14 %", "0.7", "5", "1"),
        "Ban Phong trào": ("4", "3", "0", "0 %", "2.3", "7", "0"),
    }
    # Bình, who changed departments, is one officer of the ten
    assert total(table, *names) == ("10", "9", "1", "11 %", "1.3", "12", "1")


def test_departments_in_a_quarter(read):
    assert columns(read("departments", quarter=2), "Accepted", "Late papers") == {
        "Ban Xây dựng Đoàn": ("0", "0"),
        "Ban Phong trào": ("2", "0"),
    }


def test_a_head_reads_the_own_department_alone(read):
    assert columns(read("departments", "head"), "Officers", "Accepted") == {"Ban Phong trào": ("4", "7")}


def test_an_officer_reads_the_own_days_alone(read):
    assert columns(read("departments", "officer"), "Officers", "Accepted", "Late papers") == {
        "Ban Phong trào": ("1", "5", "0")
    }


# -- 3. by content group -----------------------------------------------------------------------------------------------------


def test_content_groups_by_quarters(read):
    table = read("groups")
    assert [row[1:] for row in table.rows] == [
        ["4", "2", "0", "0", "6", "50 %", "3"],
        ["4", "0", "0", "0", "4", "33 %", "2"],
        ["2", "0", "0", "0", "2", "16 %", "1"],
        ["0", "0", "0", "0", "0", "0 %", "0"],
    ]
    assert table.totals[1:] == ["10", "2", "0", "0", "12", "", "6"]


def test_content_groups_of_a_department(year, read):
    assert [row[5] for row in read("groups", department=year.building.pk).rows] == ["0", "3", "2", "0"]


def test_content_groups_of_another_kind(read):
    """The 21st of January, approved on two visits, stands in both groups."""
    assert [row[1] for row in read("groups", kind="approved").rows] == ["4", "5", "2", "0"]


# -- 4. by level of the host -------------------------------------------------------------------------------------------------


def test_levels_of_hosts(read):
    table = read("levels")
    assert [row[1:] for row in table.rows] == [
        ["1", "1", "100 %", "5", "10", "83 %"],
        ["2", "1", "50 %", "1", "2", "16 %"],
    ]
    assert table.totals[1:] == ["3", "2", "66 %", "6", "12", ""]


def test_the_parts_of_the_quota_at_a_level(year, read):
    """10 of 60 days at communes: 8 officers owe 10, Giang 10 × 2 ÷ 60 = 1 of her 2, Dũng none."""
    from fieldvisits.models import YearRule

    YearRule.objects.get(province=year.province, year=2026).sub_quotas.create(level="commune", days=10)
    table = read("levels")
    assert columns(table, "Owed at this level", "Accepted of it", "Missing at this level") == {
        table.rows[0][0]: ("", "", ""),
        table.rows[1][0]: ("81", "2", "80"),
    }
