"""The administration of a province: who may, what it does to the database, and what it refuses."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from accounts import clock
from accounts.models import Department, DepartmentDuty, Duty, Role, User
from fieldvisits.administration import KINDS
from fieldvisits.models import Exemption, Holiday, HostUnit, UnitAssignment, YearRule
from fieldvisits.upkeep import changes_of
from tests.cast import SINCE
from tests.factories import make_plan, make_quarter, make_unit

pytestmark = pytest.mark.usefixtures("english")

TODAY = date(2026, 1, 3)


@pytest.fixture
def admin(cast, sign_in):
    return sign_in(cast.administrator)


def one_of_each(cast, there=False):
    """{kind: a thing of it} in the cast's province, or in the other one."""
    quarter = make_quarter(cast, there=there)
    unit = make_unit(cast, there=there)
    person = cast.stranger if there else cast.officer
    head = cast.strange_head if there else cast.head
    department = cast.other_department if there else cast.movement
    grant = head.grants.get(role=Role.HEAD)
    return {
        "people": person,
        "memberships": person.memberships.get(),
        "roles": grant,
        "delegations": grant.delegations.create(
            delegate=person, valid_from=TODAY, valid_to=date(2026, 1, 10), reason="Đi cơ sở"
        ),
        "exemptions": Exemption.objects.create(
            officer=person,
            kind="study",
            reason="Đi học",
            decision="QĐ 1",
            valid_from=TODAY,
            valid_to=date(2026, 12, 31),
        ),
        "departments": department,
        "duties": DepartmentDuty.objects.filter(department__province=quarter.province).first(),
        "rules": YearRule.objects.get(province=quarter.province),
        "quarters": quarter,
        "holidays": Holiday.objects.filter(province=quarter.province).first(),
        "units": unit,
        "assignments": UnitAssignment.objects.create(unit=unit, officer=person, valid_from=SINCE),
    }


def address(kind, thing, name="manage-change"):
    return reverse(name, args=[kind, thing.pk])


def test_there_is_one_of_each(cast):
    assert one_of_each(cast).keys() == KINDS.keys()


# --- who may: every person × every page ------------------------------------------------------------

#: everybody else: 403 on every page, whatever it names
MAY = {"administrator"}


def pages(cast):
    things = one_of_each(cast)
    found = ["/manage/", "/manage/import/people/", "/manage/import/units/template/"]
    for slug, thing in things.items():
        found.append(reverse("manage-list", args=[slug]))
        if slug != "quarters":
            found += [reverse("manage-add", args=[slug]), address(slug, thing)]
    return found


def test_only_the_administrator_opens_any_of_the_pages(cast, sign_in):
    addresses = pages(cast)
    assert len(addresses) == 3 + 12 + 2 * 11
    for name, person in cast.people.items():
        client = sign_in(person)
        found = {client.get(a).status_code for a in addresses}
        assert found == ({200} if name in MAY else {403}), name


def test_only_the_administrator_changes_anything(cast, sign_in):
    things = one_of_each(cast)
    posted = [address(slug, thing, "manage-delete") for slug, thing in things.items()]
    posted += [address("delegations", things["delegations"], "manage-end")]
    posted += [reverse("manage-access", args=[cast.officer.pk]), reverse("manage-seed-holidays")]
    posted += [reverse("manage-add", args=[slug]) for slug in things if slug != "quarters"]
    for name, person in cast.people.items():
        if name not in MAY:
            client = sign_in(person)
            assert {client.post(a, {}).status_code for a in posted} == {403}, name
    for slug, thing in things.items():
        assert type(thing).objects.filter(pk=thing.pk).exists(), slug
    things["delegations"].refresh_from_db()
    assert things["delegations"].ended_at is None


def test_the_other_provinces_things_are_not_there(cast, admin):
    for slug, thing in one_of_each(cast, there=True).items():
        assert admin.get(address(slug, thing)).status_code == 404, slug
        assert admin.post(address(slug, thing), {}).status_code == 404, slug
        assert admin.post(address(slug, thing, "manage-delete")).status_code == 404, slug
        assert admin.post(address(slug, thing, "manage-end")).status_code == 404, slug
        shown = admin.get(reverse("manage-list", args=[slug]) + "?all=1")
        assert thing.pk not in [t.pk for t in shown.context["page"]], slug
    assert admin.post(reverse("manage-access", args=[cast.stranger.pk])).status_code == 404


def test_no_picker_offers_another_provinces_things(cast, admin):
    make_unit(cast, there=True)
    one_of_each(cast)
    for slug, kind in KINDS.items():
        if kind.form is None:
            continue
        form = admin.get(kind.add_url).context["form"]
        for name, field in form.fields.items():
            for thing in getattr(field, "queryset", None) or ():
                assert thing.province_id == cast.province.pk, (slug, name, thing)


@pytest.mark.parametrize(
    "path", ["papers/", "papers/add/", "papers/1/", "import/papers/", "people/99999999999999999999/"]
)
def test_what_there_is_not_is_not_found(cast, admin, path):
    assert admin.get(f"/manage/{path}").status_code == 404


def test_the_administration_shows_no_paper(cast, admin):
    make_plan(cast, cast.officer, content="Chỉ để lãnh đạo ban đọc", state="submitted")
    for a in ["/manage/", address("people", cast.officer), "/manage/quarters/"]:
        assert "Chỉ để lãnh đạo ban đọc" not in admin.get(a).content.decode()


def test_the_start_page_says_what_is_missing_today(cast, admin):
    make_quarter(cast)
    assert admin.get("/manage/").context["gaps"] == []
    cast.head.grants.filter(role=Role.HEAD).update(valid_to=date(2026, 1, 2))
    cast.coordinator.grants.filter(role=Role.COORDINATOR).delete()
    DepartmentDuty.objects.filter(duty=Duty.RESULTS, department__province=cast.province).delete()
    cast.officer.memberships.all().delete()
    YearRule.objects.filter(province=cast.province).delete()
    assert [sentence for sentence, _url in admin.get("/manage/").context["gaps"]] == [
        "The year 2026 has no rules yet, so it has no quarters.",
        "Ban Phong trào has no head today.",
        "No department holds this duty today: Results desk.",
        "Nobody holds this role today: Coordinator.",
        "Nguyễn Văn An belongs to no department today.",
    ]
    for _sentence, url in admin.get("/manage/").context["gaps"]:
        assert admin.get(url).status_code == 200


def test_an_entry_of_the_history_is_dated_by_the_clock(cast):
    moment = datetime(2021, 3, 4, 8, tzinfo=UTC)
    with clock.at(moment):
        unit = make_unit(cast)
    assert [change.at for change in changes_of(unit)] == [moment]


# --- lists ---------------------------------------------------------------------------------------


def names(response):
    return [str(thing) for thing in response.context["page"]]


def test_people_stand_by_given_name_and_are_found_without_accents(cast, admin):
    assert names(admin.get("/manage/people/"))[:3] == ["Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi"]
    for text in (
        "do thi giang",
        "GIANG",
        "Đỗ Giang",
        unicodedata.normalize("NFD", "Đỗ Thị Giang"),
        "gi\x00ang",
    ):
        assert names(admin.get("/manage/people/", {"q": text})) == ["Đỗ Thị Giang"]
    assert names(admin.get("/manage/people/", {"q": "x" * 10_000})) == []
    assert names(admin.get("/manage/memberships/", {"q": "xay dung hai"})) == [
        "Hoàng Văn Hải, Ban Xây dựng Đoàn"
    ]


def test_those_who_left_are_shown_on_request(cast, admin):
    User.objects.filter(pk=cast.driver.pk).update(is_active=False)
    assert "Mai Văn Quý" not in names(admin.get("/manage/people/"))
    assert "Mai Văn Quý" in names(admin.get("/manage/people/?all=1"))


def test_a_long_list_has_pages(cast, admin):
    for n in range(30):
        make_unit(cast, f"Đoàn xã {n:02}")
    assert len(names(admin.get("/manage/units/"))) == 25
    assert len(names(admin.get("/manage/units/?page=2"))) == 5
    assert len(names(admin.get("/manage/units/?page=x"))) == 25
    assert len(names(admin.get("/manage/units/?page=99999999999"))) == 5


QUERIES = {"people": 11, "memberships": 10, "roles": 10, "units": 9, "assignments": 10, "exemptions": 9}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("slug", QUERIES)
def test_a_list_takes_the_same_queries_for_one_row_and_for_three(
    cast, admin, django_assert_num_queries, slug, rows
):
    make_quarter(cast)
    people = [cast.officer, cast.colleague, cast.deputy]
    for n, person in enumerate(people[:rows]):
        unit = make_unit(cast, f"Tìm thấy {n}", parent=make_unit(cast, "Cấp trên"))
        User.objects.filter(pk=person.pk).update(folded=f"tim thay {n}")
        UnitAssignment.objects.create(unit=unit, officer=person, valid_from=SINCE)
        Exemption.objects.create(
            officer=person, kind="other", reason="Khác", decision="QĐ", valid_from=SINCE, valid_to=TODAY
        )
        person.grants.exclude(role=Role.OFFICER).delete()
    url = f"/manage/{slug}/?q=tim+thay"
    admin.get(url)
    with django_assert_num_queries(QUERIES[slug]):
        assert len(names(admin.get(url))) == rows


# --- deleting ------------------------------------------------------------------------------------------


def test_what_something_refers_to_is_not_deleted(cast, admin):
    plan = make_plan(cast, state="submitted")
    where = HostUnit.objects.get()
    for kind, thing in (("units", where), ("departments", cast.movement), ("people", cast.officer)):
        page = admin.post(address(kind, thing, "manage-delete"), follow=True)
        assert "It is still used" in page.content.decode(), kind
        assert type(thing).objects.filter(pk=thing.pk).exists()
    assert plan.lines.count() == 1


def test_what_was_entered_by_mistake_is_deleted(cast, admin):
    lonely = User.objects.create_user("nham", full_name="Người Nhầm", province=cast.province)
    empty = Department.objects.create(province=cast.province, code="x", name="Ban Nhầm", valid_from=SINCE)
    empty.rename("Ban Nhầm nữa", first_day=TODAY)
    for kind, thing in (("people", lonely), ("departments", empty), ("units", make_unit(cast))):
        assert admin.post(address(kind, thing, "manage-delete")).url == f"/manage/{kind}/"
        assert not type(thing).objects.filter(pk=thing.pk).exists()


def test_rules_are_never_deleted(cast, admin):
    make_quarter(cast)
    page = admin.post(address("rules", YearRule.objects.get(), "manage-delete"), follow=True)
    assert "cannot be deleted" in page.content.decode()
    assert YearRule.objects.count() == 1


def test_who_changed_what_stands_on_the_page(cast, admin):
    data = {"role": "head", "valid_from": "01/01/2020", "valid_to": "31/03/2026", "decision": "QĐ 7"}
    cast.head.grants.get(role=Role.HEAD).delete()  # the cast is made in bulk, without a history
    grant = cast.head.grants.create(
        role=Role.HEAD, province=cast.province, department=cast.movement, valid_from="2020-01-01"
    )
    admin.post(address("roles", grant), data)
    changes = admin.get(address("roles", grant)).context["changes"]
    assert [(str(c.who), c.what) for c in changes] == [("Lý Văn Phúc", "changed"), ("None", "entered")]
    assert changes[0].fields == (("Until", "– → 31/03/2026"), ("Decision", "– → QĐ 7"))
