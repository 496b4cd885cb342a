"""The visits of a quarter: what colleagues may know of each other, and what they may not."""

from datetime import date

import pytest

from fieldvisits.models import Visit

from ..factories import make_department_plan, make_line, make_plan, make_quarter, make_unit

VISITS = "/quarters/2026/1/visits/"


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


@pytest.fixture
def approved(cast, quarter):
    """The colleague's plan with one approved visit, its words all different from anybody else's."""
    make_unit(cast, "Huyện đoàn Võ Nhai")
    make_department_plan(cast, "approved", [cast.colleague], quarter)
    visit = Visit.objects.get(officer=cast.colleague)
    Visit.objects.filter(pk=visit.pk).update(
        content="NỘI DUNG RIÊNG", expected="KẾT QUẢ RIÊNG", note="GHI CHÚ RIÊNG"
    )
    visit.companions.add(cast.driver)
    return visit


def shown(response):
    return [str(v.officer) for v in response.context["page"]]


def test_a_colleague_knows_who_when_where_and_which_group_and_no_word_more(cast, approved, sign_in):
    response = sign_in(cast.officer).get(VISITS)
    page = response.content.decode()
    assert shown(response) == ["Trần Thị Bình"]
    for known in ("20/01/2026 – 21/01/2026", "Huyện đoàn Võ Nhai", "Ban Phong trào", "Trần Thị Bình"):
        assert known in page
    for hidden in ("NỘI DUNG RIÊNG", "KẾT QUẢ RIÊNG", "GHI CHÚ RIÊNG", "Mai Văn Quý", "/plans/1/#"):
        assert hidden not in page


@pytest.mark.parametrize("who", ["colleague", "head", "coordinator", "results_desk", "member", "executive"])
def test_whoever_may_read_the_plan_reads_what_the_visit_is_for(cast, approved, sign_in, who):
    page = sign_in(getattr(cast, who)).get(VISITS).content.decode()
    assert "NỘI DUNG RIÊNG" in page
    assert f"/visits/{approved.pk}/" in page


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "endorsed"])
@pytest.mark.parametrize("show", ["", "all"])
def test_nothing_of_a_colleagues_unapproved_plan_is_known(cast, quarter, sign_in, state, show):
    make_plan(cast, cast.colleague, quarter, state)
    response = sign_in(cast.officer).get(VISITS, {"show": show})
    assert shown(response) == []
    assert "Trần Thị Bình" not in response.content.decode()


def test_approved_ones_are_shown_unless_asked_for_all_one_may_see(cast, approved, quarter, sign_in):
    make_plan(cast, cast.deputy, quarter, "submitted")
    make_plan(cast, cast.officer, quarter, "draft")
    client = sign_in(cast.head)
    assert shown(client.get(VISITS)) == ["Trần Thị Bình"]
    assert sorted(shown(client.get(VISITS, {"show": "all"}))) == ["Phạm Văn Dũng", "Trần Thị Bình"]


def test_visits_are_filtered_by_department_group_and_mine(cast, quarter, sign_in):
    make_department_plan(cast, "approved", [cast.other_officer], quarter)
    plan = make_plan(cast, cast.officer, quarter)
    make_line(plan, plan.lines.first().unit, date(2026, 2, 2), group=3)
    client = sign_in(cast.officer)
    assert shown(client.get(VISITS, {"department": cast.building.pk})) == ["Đỗ Thị Giang"]
    assert shown(client.get(VISITS, {"department": cast.movement.pk})) == []
    assert shown(client.get(VISITS, {"mine": "on", "show": "all"})) == ["Nguyễn Văn An", "Nguyễn Văn An"]
    assert shown(client.get(VISITS, {"mine": "on", "show": "all", "group": 3})) == ["Nguyễn Văn An"]
    assert shown(client.get(VISITS, {"group": 3})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"department": 10**30, "group": 10**30, "page": 10**30},
        {"department": "\x00", "group": "\x00", "show": "\x00", "page": "\x00"},
        {"show": "x" * 10_240, "page": "-1"},
    ],
)
def test_nonsense_in_the_address_shows_the_approved_visits(cast, approved, sign_in, query):
    response = sign_in(cast.officer).get(VISITS, query)
    assert response.status_code == 200
    assert shown(response) == ["Trần Thị Bình"]


def test_visits_of_another_province_are_not_there(cast, quarter, sign_in):
    make_quarter(cast, there=True)
    make_department_plan(cast, "approved", [cast.stranger])
    for who in ("officer", "coordinator", "member"):
        assert shown(sign_in(getattr(cast, who)).get(VISITS, {"show": "all"})) == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_one_visit_as_for_three(
    cast, quarter, number, sign_in, django_assert_num_queries
):
    make_department_plan(cast, "approved", [cast.officer, cast.colleague, cast.deputy][:number], quarter)
    client = sign_in(cast.head)
    client.get(VISITS)
    with django_assert_num_queries(11):
        assert len(shown(client.get(VISITS))) == number
