"""Coverage of host units, by small cases counted by hand."""

from datetime import date

import pytest

from fieldvisits.models import HostUnit, UnitAssignment
from tests.factories import make_result, make_unit, make_visit
from tests.reports.world import page_of


def rows_of(client, query=""):
    """By unit: status, last visit, days since, visits, days, visits by content group."""
    response = client.get(f"/reports/coverage/?year=2026{query}")
    assert response.status_code == 200
    report = response.context["report"]
    found = {}
    for row in report.page():
        cells = {cell.column.name: cell for cell in report.cells(row)}
        found[cells["unit"].text] = (
            row.status,
            cells["last"].text,
            cells["since"].value,
            cells["visits"].value,
            cells["days"].value,
            [cells[f"group_{n}"].value for n in (1, 2, 3, 4)],
        )
    return found


@pytest.fixture
def travels(cast, now):
    """Today is 10 May 2026. Định Hóa: 2 days of An in January (group 1) and 1 of Bình in March (group 3), a visit that was never
    reported; Võ Nhai: 2 days in October 2025; Bình Yên: never. The other province: 2 days at Lập Thạch."""
    dinh_hoa = make_unit(cast, "Huyện đoàn Định Hóa")
    make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    vo_nhai = make_unit(cast, "Huyện đoàn Võ Nhai")
    lap_thach = make_unit(cast, "Huyện đoàn Lập Thạch", there=True)
    now.move_to("2025-09-20T08:00:00+07:00")
    make_result(cast, make_visit(cast, first=date(2025, 10, 5), unit=vo_nhai), "accepted")
    now.move_to("2026-05-10T08:00:00+07:00")
    make_result(cast, make_visit(cast, unit=dinh_hoa), "accepted")
    march = make_visit(cast, cast.colleague, date(2026, 3, 9), 1, unit=dinh_hoa, group=3)
    make_result(cast, march, "accepted")
    make_visit(cast, cast.head, date(2026, 4, 20), 3, unit=dinh_hoa)
    make_result(cast, make_visit(cast, cast.stranger, unit=lap_thach), "accepted")
    return cast


def test_never_visited_units_come_first_then_those_visited_longest_ago(travels, sign_in):
    found = rows_of(sign_in(travels.member))
    assert list(found.items()) == [
        ("Đoàn xã Bình Yên", ("never", "", None, 0, 0, [0, 0, 0, 0])),
        # 06/10/2025 to 10/05/2026: 25 days of October, 30, 31, 31, 28, 31, 30 and 10 of May
        ("Huyện đoàn Võ Nhai", ("not_this_year", "06/10/2025", 216, 0, 0, [0, 0, 0, 0])),
        # 22 days of March, 30 of April, 10 of May; the unreported visit in April is none
        ("Huyện đoàn Định Hóa", ("visited", "09/03/2026", 62, 2, 3, [1, 0, 1, 0])),
    ]


def test_a_year_that_is_over_is_told_as_of_its_last_day(travels, sign_in):
    response = sign_in(travels.member).get("/reports/coverage/?year=2025")
    (vo_nhai,) = [row for row in response.context["report"].page() if row.last]
    assert (vo_nhai.unit.name, vo_nhai.since, vo_nhai.count, vo_nhai.days) == ("Huyện đoàn Võ Nhai", 86, 1, 2)


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("never", ["Đoàn xã Bình Yên"]),
        ("not_this_year", ["Huyện đoàn Võ Nhai"]),
        ("visited", ["Huyện đoàn Định Hóa"]),
    ],
)
def test_the_status_narrows(travels, sign_in, status, names):
    assert list(rows_of(sign_in(travels.member), f"&status={status}")) == names


def test_the_department_is_the_one_in_charge_itself_or_through_its_officers(travels, sign_in):
    dinh_hoa = HostUnit.objects.get(name="Huyện đoàn Định Hóa")
    vo_nhai = HostUnit.objects.get(name="Huyện đoàn Võ Nhai")
    binh_yen = HostUnit.objects.get(name="Đoàn xã Bình Yên")
    since = date(2026, 1, 1)
    UnitAssignment.objects.create(unit=dinh_hoa, officer=travels.officer, valid_from=since)
    UnitAssignment.objects.create(unit=vo_nhai, department=travels.movement, valid_from=since)
    UnitAssignment.objects.create(unit=binh_yen, department=travels.building, valid_from=since)
    UnitAssignment.objects.create(
        unit=binh_yen, officer=travels.officer, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)
    )
    client = sign_in(travels.member)
    assert set(rows_of(client, f"&department={travels.movement.pk}")) == {
        "Huyện đoàn Định Hóa",
        "Huyện đoàn Võ Nhai",
    }
    page = page_of(client, "/reports/coverage/?year=2026")
    assert {row[0]: row[2] for row in page.rows} == {
        "Đoàn xã Bình Yên": "Ban Xây dựng Đoàn",
        "Huyện đoàn Võ Nhai": "Ban Phong trào",
        "Huyện đoàn Định Hóa": "Nguyễn Văn An",
    }


def test_a_split_unit_counts_for_each_successor_when_rolled_up(travels, sign_in):
    """Định Hóa ended on 31 March; Lam Vỹ and Phú Đình carry it on, Lam Vỹ also Kim Phượng, which ended years ago."""
    dinh_hoa = HostUnit.objects.get(name="Huyện đoàn Định Hóa")
    HostUnit.objects.filter(pk=dinh_hoa.pk).update(valid_to=date(2026, 3, 31))
    lam_vy = make_unit(travels, "Đoàn xã Lam Vỹ", level="commune", valid_from=date(2026, 4, 1))
    phu_dinh = make_unit(travels, "Đoàn xã Phú Đình", level="commune", valid_from=date(2026, 4, 1))
    dinh_hoa.successors.set([lam_vy, phu_dinh])
    kim_phuong = make_unit(travels, "Đoàn xã Kim Phượng", valid_to=date(2024, 12, 31))
    kim_phuong.successors.set([dinh_hoa])
    client = sign_in(travels.member)
    plain, rolled = rows_of(client), rows_of(client, "&rolled=on")
    assert plain["Huyện đoàn Định Hóa"][3:5] == (2, 3)
    assert plain["Đoàn xã Phú Đình"][:2] == ("never", "")
    assert "Huyện đoàn Định Hóa" not in rolled
    assert "Đoàn xã Kim Phượng" not in {**plain, **rolled}
    assert rolled["Đoàn xã Phú Đình"] == ("visited", "09/03/2026", 62, 2, 3, [1, 0, 1, 0])
    assert rolled["Huyện đoàn Võ Nhai"][0] == "not_this_year"
    response = client.get("/reports/coverage/?year=2026&rolled=on")
    assert not response.context["totals"]


def test_a_number_leads_to_the_visits_that_make_it(travels, sign_in):
    client = sign_in(travels.member)
    response = client.get("/reports/coverage/?year=2026&status=visited")
    report = response.context["report"]
    (row,) = report.page()
    links = {cell.column.name: cell.url for cell in report.cells(row)}
    behind = client.get(links["visits"]).context["report"].page()
    assert [visit.officer.full_name for visit in behind] == ["Nguyễn Văn An", "Trần Thị Bình"]
    (third,) = client.get(links["group_3"]).context["report"].page()
    assert third.officer == travels.colleague
    assert client.get(links["days"]).context["page"].paginator.count == 3
    assert links["group_2"] is None
    assert client.get(links["last"]).status_code == 200


def test_rolled_up_numbers_lead_to_the_visits_of_the_former_units(travels, sign_in):
    dinh_hoa = HostUnit.objects.get(name="Huyện đoàn Định Hóa")
    HostUnit.objects.filter(pk=dinh_hoa.pk).update(valid_to=date(2026, 3, 31))
    dinh_hoa.successors.set([make_unit(travels, "Đoàn xã Lam Vỹ", valid_from=date(2026, 4, 1))])
    elsewhere = HostUnit.objects.get(name="Đoàn xã Bình Yên")
    make_result(travels, make_visit(travels, travels.other_officer, unit=elsewhere), "accepted")
    client = sign_in(travels.member)
    report = client.get("/reports/coverage/?year=2026&rolled=on&status=visited").context["report"]
    (row,) = [row for row in report.page() if row.unit.name == "Đoàn xã Lam Vỹ"]
    links = {cell.column.name: cell.url for cell in report.cells(row)}
    assert client.get(links["visits"]).context["page"].paginator.count == row.count == 2
    assert client.get(links["days"]).context["page"].paginator.count == row.days == 3


@pytest.mark.parametrize("who", ["officer", "head"])
def test_everybody_who_works_in_the_province_knows_where_colleagues_were(travels, sign_in, who):
    """The same figures as for the committee - they are on the units' pages, too - but no list one may not read."""
    found = rows_of(sign_in(getattr(travels, who)))
    assert found["Huyện đoàn Định Hóa"] == ("visited", "09/03/2026", 62, 2, 3, [1, 0, 1, 0])
    page = page_of(sign_in(getattr(travels, who)), "/reports/coverage/?year=2026")
    assert not [link for link in page.links if "/reports/visits/" in link]


def test_the_other_province_reads_its_own(travels, sign_in):
    found = rows_of(sign_in(travels.strange_member))
    assert {name: row[3:5] for name, row in found.items()} == {"Huyện đoàn Lập Thạch": (1, 2)}


def test_it_says_how_many_units_were_visited(travels, sign_in, english):
    notes = list(sign_in(travels.member).get("/reports/coverage/?year=2026").context["report"].notes())
    assert notes[0] == "1 of 3 units visited this year; 1 never, 1 not this year."
