"""Host units: the province's list and one unit's page."""

from datetime import date

import pytest

from fieldvisits.models import UnitAssignment, Visit

from ..factories import make_department_plan, make_plan, make_quarter, make_unit

UNITS = "/units/"


def names(response):
    return [unit.name for unit in response.context["page"]]


def visits(response):
    """The visits a unit's page shows, those to come first."""
    page = response.context["page"]
    return [*list(page.upcoming)[::-1], *(row.visit for row in page.past)]


@pytest.fixture
def tree(cast):
    """A district that ended, a commune valid today with a branch, an affiliated union, and a unit of the other province."""
    district = make_unit(cast, "Huyện đoàn Định Hóa", valid_to=date(2025, 6, 30), code="H-DH")
    commune = make_unit(cast, "Đoàn xã Bình Yên", level="commune", valid_from=date(2025, 7, 1), code="X-BY")
    branch = make_unit(cast, "Chi đoàn xóm Một", level="branch", parent=commune, code="C-1")
    union = make_unit(cast, "Đoàn Khối doanh nghiệp", level="affiliated", code="TT-DN")
    strange = make_unit(cast, "Thành đoàn Vĩnh Yên", there=True)
    district.successors.add(commune)
    return {"district": district, "commune": commune, "branch": branch, "union": union, "strange": strange}


def test_everybody_of_the_province_sees_its_units_of_today_by_level(cast, tree, sign_in):
    for who in ("officer", "executive", "administrator", "driver"):
        assert names(sign_in(getattr(cast, who)).get(UNITS)) == [
            "Đoàn xã Bình Yên",
            "Đoàn Khối doanh nghiệp",
            "Chi đoàn xóm Một",
        ]
    assert names(sign_in(cast.stranger).get(UNITS)) == ["Thành đoàn Vĩnh Yên"]
    assert sign_in(cast.central).get(UNITS).status_code == 404


def test_former_units_are_shown_when_asked_for(cast, tree, sign_in):
    client = sign_in(cast.officer)
    response = client.get(UNITS, {"former": "on"})
    assert names(response)[0] == "Huyện đoàn Định Hóa"
    assert [unit.is_former for unit in response.context["page"]] == [True, False, False, False]
    assert names(client.get(UNITS, {"q": "dinh hoa"})) == []
    assert names(client.get(UNITS, {"q": "dinh hoa", "former": "on"})) == ["Huyện đoàn Định Hóa"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "binh yen"}, ["Đoàn xã Bình Yên"]),
        ({"q": "BÌNH"}, ["Đoàn xã Bình Yên"]),
        ({"q": "Bi\u0300nh\x00"}, ["Đoàn xã Bình Yên"]),
        ({"q": "tt-dn"}, ["Đoàn Khối doanh nghiệp"]),
        ({"q": "%"}, []),
        ({"q": "a" * 10_240}, []),
        ({"level": "branch"}, ["Chi đoàn xóm Một"]),
        ({"level": "affiliated", "q": "binh"}, []),
    ],
)
def test_units_are_found_without_accents_and_by_level(cast, tree, sign_in, query, found):
    assert names(sign_in(cast.officer).get(UNITS, query)) == found


@pytest.mark.parametrize(
    "query", [{"level": "x" * 10_240}, {"level": "\x00", "sort": "\x00", "page": 10**30}]
)
def test_nonsense_in_the_address_shows_all_units(cast, tree, sign_in, query):
    assert len(names(sign_in(cast.officer).get(UNITS, query))) == 3


def test_never_visited_comes_first_then_the_longest_ago(cast, sign_in, now):
    near, far, never = (make_unit(cast, f"Đoàn xã {n}", level="commune") for n in ("Gần", "Xa", "Chưa"))
    quarter = make_quarter(cast)
    make_department_plan(cast, "approved", [cast.officer, cast.colleague], quarter)
    Visit.objects.filter(officer=cast.officer).update(unit=near)
    Visit.objects.filter(officer=cast.colleague).update(unit=far)
    Visit.objects.filter(unit=near).update(starts=date(2026, 1, 27), ends=date(2026, 1, 28))
    # a visit that is only planned, and one that lies ahead, are no visits yet
    Visit.objects.filter(plan=make_plan(cast, cast.deputy, quarter)).update(unit=never)
    now.move_to("2026-01-30T09:00:00+07:00")
    response = sign_in(cast.officer).get(UNITS, {"sort": "last"})
    assert [(u.name, u.days_since) for u in response.context["page"]] == [
        ("Đoàn xã Chưa", None),
        ("Đoàn xã Xa", 9),
        ("Đoàn xã Gần", 2),
    ]
    now.move_to("2026-01-25T09:00:00+07:00")
    response = sign_in(cast.officer).get(UNITS, {"sort": "last"})
    assert [(u.name, u.days_since) for u in response.context["page"]] == [
        ("Đoàn xã Chưa", None),
        ("Đoàn xã Gần", None),
        ("Đoàn xã Xa", 4),
    ]


def test_the_administrator_sees_units_and_no_visit(cast, sign_in, now):
    unit = make_unit(cast)
    make_department_plan(cast, "approved", [cast.officer], make_quarter(cast))
    now.move_to("2026-02-25T09:00:00+07:00")
    client = sign_in(cast.administrator)
    assert not hasattr(client.get(UNITS).context["page"][0], "last")
    response = client.get(f"/units/{unit.pk}/")
    assert not visits(response)
    assert "Nguyễn Văn An" not in response.content.decode()


def test_who_is_in_charge_today_stands_in_the_list(cast, sign_in):
    unit = make_unit(cast)
    UnitAssignment.objects.create(unit=unit, officer=cast.colleague, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=unit, department=cast.building, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(
        unit=unit, officer=cast.deputy, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)
    )
    page = sign_in(cast.officer).get(UNITS).content.decode()
    assert "Trần Thị Bình, Ban Xây dựng Đoàn" in page
    assert "Phạm Văn Dũng" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_one_unit_as_for_three(cast, number, sign_in, django_assert_num_queries):
    parent = make_unit(cast, "Huyện đoàn Phú Bình")
    for n in range(number):
        unit = make_unit(cast, f"Đoàn xã Số {n}", level="commune", parent=parent)
        UnitAssignment.objects.create(unit=unit, officer=cast.colleague, valid_from=date(2026, 1, 1))
        UnitAssignment.objects.create(unit=unit, department=cast.building, valid_from=date(2026, 1, 1))
    client = sign_in(cast.officer)
    client.get(UNITS)
    with django_assert_num_queries(12):
        assert len(names(client.get(UNITS))) == number + 1


def test_a_long_list_has_pages(cast, sign_in):
    for n in range(53):
        make_unit(cast, f"Đoàn xã Số {n:02d}", level="commune")
    client = sign_in(cast.officer)
    assert len(names(client.get(UNITS))) == 50
    response = client.get(UNITS, {"page": 2, "q": "so"})
    assert len(names(response)) == 3
    assert "q=so&amp;page=1" in response.content.decode() or "page=1&amp;q=so" in response.content.decode()


# --- One unit ---------------------------------------------------------------------------------------------------------------


def test_a_unit_shows_its_place_in_the_tree_and_in_time(cast, tree, sign_in):
    client = sign_in(cast.officer)
    page = client.get(f"/units/{tree['commune'].pk}/").content.decode()
    for name in ("Huyện đoàn Định Hóa", "Chi đoàn xóm Một", "01/07/2025"):
        assert name in page
    page = client.get(f"/units/{tree['district'].pk}/").content.decode()
    for text in ("30/06/2025", "Đoàn xã Bình Yên"):
        assert text in page
    assert "Đoàn xã Bình Yên" in client.get(f"/units/{tree['branch'].pk}/").content.decode()


def test_a_unit_of_another_province_is_not_there(cast, tree, sign_in):
    assert sign_in(cast.coordinator).get(f"/units/{tree['strange'].pk}/").status_code == 404
    assert sign_in(cast.central).get(f"/units/{tree['union'].pk}/").status_code == 404
    assert sign_in(cast.officer).get(f"/units/{10**25}/").status_code == 404


def test_a_unit_shows_contacts_and_who_was_in_charge_when(cast, sign_in):
    unit = make_unit(cast, contact_name="Lương Thị Xuân", contact_phone="0208 123 456")
    UnitAssignment.objects.create(
        unit=unit, officer=cast.deputy, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)
    )
    UnitAssignment.objects.create(unit=unit, department=cast.building, valid_from=date(2026, 1, 1))
    response = sign_in(cast.officer).get(f"/units/{unit.pk}/")
    assert [str(a.officer or a.department) for a in response.context["page"].assignments] == [
        "Ban Xây dựng Đoàn",
        "Phạm Văn Dũng",
    ]
    for text in ("Lương Thị Xuân", "0208 123 456", "01/01/2025 – 31/12/2025"):
        assert text in response.content.decode()


def test_a_units_visits_are_those_one_may_know_of_newest_first(cast, sign_in):
    unit = make_unit(cast)
    quarter = make_quarter(cast)
    make_department_plan(cast, "approved", [cast.colleague], quarter, lines=2)
    Visit.objects.update(content="NỘI DUNG RIÊNG")
    make_plan(cast, cast.deputy, quarter, "submitted", content="CHƯA DUYỆT")
    make_plan(cast, cast.officer, quarter, "draft", content="NHÁP CỦA TÔI")
    response = sign_in(cast.officer).get(f"/units/{unit.pk}/")
    page = response.content.decode()
    assert [(str(v.officer), v.starts.day) for v in visits(response)] == [
        ("Trần Thị Bình", 27),
        ("Nguyễn Văn An", 20),
        ("Trần Thị Bình", 20),
    ]
    assert "NHÁP CỦA TÔI" in page
    assert "NỘI DUNG RIÊNG" not in page
    assert "CHƯA DUYỆT" not in page
    assert "NỘI DUNG RIÊNG" in sign_in(cast.head).get(f"/units/{unit.pk}/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_a_units_page_asks_as_often_for_one_visit_as_for_three(
    cast, number, sign_in, django_assert_num_queries
):
    unit = make_unit(cast)
    quarter = make_quarter(cast)
    make_department_plan(cast, "approved", [cast.officer, cast.colleague, cast.deputy][:number], quarter)
    for n in range(number):
        make_unit(cast, f"Chi đoàn {n}", level="branch", parent=unit)
        UnitAssignment.objects.create(unit=unit, officer=cast.colleague, valid_from=date(2025, n + 1, 1))
        unit.successors.add(make_unit(cast, f"Đoàn xã mới {n}", level="commune"))
    client = sign_in(cast.head)
    client.get(f"/units/{unit.pk}/")
    with django_assert_num_queries(21):
        assert len(visits(client.get(f"/units/{unit.pk}/"))) == number
