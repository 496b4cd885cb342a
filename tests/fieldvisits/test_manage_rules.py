"""What an administrator may enter about departments, rules, holidays and host units, and what is refused."""

import unicodedata
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Department, DepartmentDuty, Duty
from fieldvisits.models import Holiday, HostUnit, Quarter, SubQuota, UnitAssignment, VisitDay, YearRule
from tests.cast import SINCE
from tests.factories import make_line, make_plan, make_quarter, make_unit

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def admin(cast, sign_in):
    return sign_in(cast.administrator)


def address(kind, thing, name="manage-change"):
    return reverse(name, args=[kind, thing.pk])


# --- departments ------------------------------------------------------------------------------------


def department(cast, **changed):
    return {"name": "Ban Phong trào", "code": "pt", "order": "2", "valid_from": "01/01/2020"} | changed


def test_a_department_renamed_from_a_day_keeps_its_old_name_before(cast, admin):
    data = department(cast, name="Ban Thanh thiếu nhi", renamed_from="01/03/2026")
    assert admin.post(address("departments", cast.movement), data).status_code == 302
    found = Department.objects.get(pk=cast.movement.pk)
    assert found.name == "Ban Thanh thiếu nhi"
    assert found.name_on(date(2026, 2, 28)) == "Ban Phong trào"
    assert found.name_on(date(2026, 3, 1)) == "Ban Thanh thiếu nhi"
    assert "Ban Phong trào, until 28/02/2026" in admin.get(address("departments", found)).content.decode()
    again = admin.post(address("departments", found), data | {"name": "Ban Khác"})
    assert "choose a later day" in str(again.context["form"].errors["renamed_from"])
    same = admin.post(address("departments", found), data)
    assert "same as before" in str(same.context["form"].errors["renamed_from"])


def test_a_misspelling_is_corrected_everywhere(cast, admin):
    admin.post(address("departments", cast.movement), department(cast, name="Ban Phong Trào"))
    assert Department.objects.get(pk=cast.movement.pk).name_on(SINCE) == "Ban Phong Trào"


def test_a_department_is_merged_on_a_day_and_says_who_has_to_move(cast, admin):
    data = department(cast, valid_to="31/01/2026", successor=cast.building.pk)
    page = admin.post(address("departments", cast.movement), data, follow=True)
    cast.movement.refresh_from_db()
    assert (cast.movement.valid_to, cast.movement.successor) == (date(2026, 1, 31), cast.building)
    assert "5 people still belong to the department" in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"successor": "building"}, "valid_to", "Give the last day"),
        (
            {"successor": "other_department", "valid_to": "31/01/2026"},
            "successor",
            "not one of the available",
        ),
        ({"successor": "movement", "valid_to": "31/01/2026"}, "successor", "not one of the available"),
        ({"code": "xdd"}, "__all__", "already has a department with this code"),
        ({"valid_to": "31/12/2019"}, "__all__", "cannot be before the first"),
        ({"name": ""}, "name", "required"),
        ({"name": "Ban " * 3000}, "name", "at most 120"),
        ({"name": "Ban\x00"}, "name", "Null characters"),
        ({"order": "-1"}, "order", "greater than or equal"),
        ({"order": "9" * 30}, "order", "less than or equal"),
    ],
)
def test_a_department_that_cannot_be_is_refused(cast, admin, changed, field, sentence):
    if "successor" in changed:
        changed = changed | {"successor": getattr(cast, changed["successor"]).pk}
    response = admin.post(address("departments", cast.movement), department(cast, **changed))
    assert response.status_code == 200
    assert sentence in str(response.context["form"].errors[field])
    assert Department.objects.filter(pk=cast.movement.pk, code="pt", valid_to=None, successor=None).exists()


def test_two_departments_cannot_be_merged_into_each_other(cast, admin):
    Department.objects.filter(pk=cast.building.pk).update(
        successor=cast.movement, valid_to=date(2025, 12, 31)
    )
    data = department(cast, valid_to="31/01/2026", successor=cast.building.pk)
    response = admin.post(address("departments", cast.movement), data)
    assert "was itself merged into this one" in str(response.context["form"].errors["successor"])


def test_a_duty_lies_with_one_department_at_a_time(cast, admin):
    data = {"duty": "coordinating", "department": cast.movement.pk, "valid_from": "01/02/2026"}
    response = admin.post("/manage/duties/add/", data)
    assert "Another department holds this duty" in str(response.context["form"].errors["valid_from"])
    duty = DepartmentDuty.objects.get(department=cast.building, duty=Duty.COORDINATING)
    ended = {
        "duty": "coordinating",
        "department": cast.building.pk,
        "valid_from": "01/01/2020",
        "valid_to": "31/01/2026",
    }
    assert admin.post(address("duties", duty), ended).status_code == 302
    assert admin.post("/manage/duties/add/", data).status_code == 302
    held = DepartmentDuty.objects.on(date(2026, 2, 1)).get(
        duty=Duty.COORDINATING, department__province=cast.province
    )
    assert held.department == cast.movement


# --- rules, quarters, holidays -----------------------------------------------------------------------


def rule(**changed):
    return {
        "year": "2027",
        "required_days": "60",
        "window_from": "01/01/2027",
        "window_to": "31/12/2027",
        "cut_off": "30/11/2027",
        "weekends_count": "on",
        "away_share": "50",
        "opens_before": "20",
        "officer_due_day": "5",
        "department_due_day": "10",
        "committee_due_day": "15",
        "report_due_days": "10",
        "quarter_report_due_days": "5",
        "confirm_days": "3",
        "legal_basis": "Hướng dẫn số 1-HD/TĐTN",
        "at_branch": "30",
        "at_commune": "20",
    } | changed


def test_the_rules_of_a_new_year_make_its_quarters_and_holidays(cast, admin):
    make_quarter(cast)
    form = admin.get("/manage/rules/add/").context["form"]
    assert (form["year"].value(), form["required_days"].value(), form["cut_off"].value()) == (
        2027,
        60,
        date(2027, 11, 30),
    )
    assert admin.post("/manage/rules/add/", rule(opens_before="10")).status_code == 302
    made = YearRule.objects.get(province=cast.province, year=2027)
    assert (made.weekends_count, made.holidays_count) == (True, False)
    assert set(made.sub_quotas.values_list("level", "days")) == {("branch", 30), ("commune", 20)}
    quarters = Quarter.objects.filter(province=cast.province, year=2027).order_by("number")
    assert [(q.opens_on, q.officer_due) for q in quarters] == [
        (date(2026, 12, 22), date(2027, 1, 5)),
        (date(2027, 3, 22), date(2027, 4, 5)),
        (date(2027, 6, 21), date(2027, 7, 5)),
        (date(2027, 9, 21), date(2027, 10, 5)),
    ]
    assert Holiday.objects.filter(province=cast.province, date=date(2027, 9, 2)).exists()
    assert not YearRule.objects.filter(province=cast.other_province).exists()


def test_days_by_level_are_changed_and_taken_away(cast, admin):
    admin.post("/manage/rules/add/", rule())
    made = YearRule.objects.get(year=2027)
    admin.post(address("rules", made), rule(year="2028", at_branch="25", at_commune=""))
    made.refresh_from_db()
    assert made.year == 2027
    assert list(SubQuota.objects.values_list("level", "days")) == [("branch", 25)]


def test_dates_left_as_they_were_offered_follow_the_year_that_is_typed(cast, admin):
    offered = {"window_from": "01/01/2026", "window_to": "31/12/2026", "cut_off": "30/11/2026"}
    assert admin.post("/manage/rules/add/", rule(**offered, year="2028")).status_code == 302
    made = YearRule.objects.get(province=cast.province)
    assert (made.window_from, made.window_to, made.cut_off) == (
        date(2028, 1, 1),
        date(2028, 12, 31),
        date(2028, 11, 30),
    )
    chosen = admin.post("/manage/rules/add/", rule(**offered | {"cut_off": "15/11/2026"}, year="2029"))
    assert list(chosen.context["form"].errors) == ["cut_off"]


@pytest.mark.parametrize(
    ("day", "years", "wanted"),
    [
        ("2026-03-01", (), 2026),
        ("2026-03-01", (2026,), None),
        ("2026-11-11", (2026,), None),
        ("2026-11-12", (2026,), 2027),  # 30 days before registration can open, on 12 December
        ("2026-12-20", (2026, 2027), None),
        ("2026-12-20", (2027,), 2026),
    ],
)
def test_the_rules_of_a_year_are_asked_for_before_its_registration_opens(
    cast, sign_in, now, day, years, wanted
):
    make_quarter(cast, 2025)
    for year in years:
        make_quarter(cast, year, opened=False)
    now.move_to(f"{day}T09:00:00+07:00")
    admin, form = sign_in(cast.administrator), f"/manage/rules/add/?year={wanted}"
    gaps = [url for sentence, url in admin.get("/manage/").context["gaps"] if "no rules yet" in sentence]
    assert gaps == ([form] if wanted else [])
    assert (f'href="{form}"' in admin.get("/").content.decode()) == bool(wanted)
    said = f"The rules of {wanted} have not been entered yet"
    page = sign_in(cast.coordinator).get("/").content.decode()
    assert (said in page, "Please ask the administrator" in page) == (bool(wanted), bool(wanted))
    assert said not in sign_in(cast.officer).get("/").content.decode()


def test_a_province_without_any_rule_leads_to_their_form(cast, admin):
    assert 'href="/manage/rules/add/?year=2026"' in admin.get("/").content.decode()
    assert admin.get("/manage/rules/add/?year=2026").context["form"]["year"].value() == 2026


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"year": "2026"}, "__all__", "exist already"),
        ({"year": "1999"}, "year", "greater than or equal"),
        ({"window_to": "31/12/2026"}, "window_to", "not in the year 2027"),
        ({"window_to": "31/12/2026", "window_from": "x"}, "window_from", "valid date"),
        ({"window_from": "01/06/2027", "window_to": "01/03/2027"}, "__all__", "cannot be before the first"),
        ({"department_due_day": "4"}, "__all__", "put the due days in that order"),
        ({"at_branch": "50"}, "required_days", "more than the days of the year"),
        ({"at_branch": "0"}, "at_branch", "greater than or equal"),
        ({"required_days": "367"}, "required_days", "less than or equal"),
        ({"away_share": "0"}, "away_share", "greater than or equal"),
        ({"legal_basis": "x" * 10_000}, "legal_basis", "at most 4000"),
    ],
)
def test_rules_that_cannot_be_are_refused(cast, admin, changed, field, sentence):
    make_quarter(cast)
    response = admin.post("/manage/rules/add/", rule(**changed))
    assert response.status_code == 200
    assert sentence in str(response.context["form"].errors[field])
    assert not Quarter.objects.filter(year=2027).exists()


def test_a_quarter_leads_to_its_dates(cast, admin):
    quarter = make_quarter(cast)
    assert admin.get(address("quarters", quarter)).url == "/quarters/2026/1/dates/"
    assert "/quarters/2026/1/dates/" in admin.get("/manage/quarters/").content.decode()
    assert admin.get("/manage/quarters/add/").status_code == 404


def test_holidays_are_entered_from_the_package_and_what_was_edited_stays(cast, admin):
    Holiday.objects.create(province=cast.province, date=date(2028, 9, 2), name="Tết Độc lập")
    assert admin.post("/manage/holidays/seed/", {"year": "2028"}).status_code == 302
    assert Holiday.objects.get(province=cast.province, date=date(2028, 9, 2)).name == "Tết Độc lập"
    assert Holiday.objects.filter(province=cast.province, date=date(2028, 4, 30)).exists()
    many = Holiday.objects.count()
    for wrong in ("", "x", "1999", "²", "9" * 400):
        assert admin.post("/manage/holidays/seed/", {"year": wrong}).status_code == 302
    assert Holiday.objects.count() == many


def test_a_holiday_stands_once_and_may_be_deleted(cast, admin):
    data = {"date": "02/09/2026", "name": "Quốc khánh"}
    assert admin.post("/manage/holidays/add/", data).status_code == 302
    again = admin.post("/manage/holidays/add/", data)
    assert "a holiday already" in str(again.context["form"].errors["__all__"])
    admin.post(address("holidays", Holiday.objects.get(), "manage-delete"))
    assert not Holiday.objects.exists()


# --- units --------------------------------------------------------------------------------------------


def unit(**changed):
    return {
        "name": "Đoàn xã Bình Yên",
        "code": "by",
        "level": "commune",
        "valid_from": "01/01/2020",
    } | changed


def test_a_unit_is_entered_in_the_tree_with_its_name_composed(cast, admin):
    above = make_unit(cast)
    typed = unicodedata.normalize("NFD", "Đoàn xã Bình Yên")
    assert admin.post("/manage/units/add/", unit(name=typed, parent=above.pk)).status_code == 302
    made = HostUnit.objects.get(code="by")
    assert (made.name, made.parent, made.province) == (
        unicodedata.normalize("NFC", typed),
        above,
        cast.province,
    )
    assert made.folded == "doan xa binh yen"


def test_a_unit_ends_with_its_successors(cast, admin):
    old, new = make_unit(cast, "Huyện đoàn Phú Bình"), make_unit(cast, "Đoàn xã Phú Bình")
    data = unit(name=old.name, code=old.code, valid_to="30/06/2025", successors=[new.pk])
    assert admin.post(address("units", old), data).status_code == 302
    old.refresh_from_db()
    assert (old.valid_to, list(old.successors.all())) == (date(2025, 6, 30), [new])


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"parent": "there"}, "parent", "not one of the available"),
        ({"parent": "child"}, "parent", "one of its own units"),
        ({"parent": "itself"}, "parent", "not one of the available"),
        ({"successors": ["there"], "valid_to": "01/01/2026"}, "successors", "not one of the available"),
        ({"successors": ["child"]}, "valid_to", "Give the last day"),
        ({"successors": ["9" * 30], "valid_to": "01/01/2026"}, "successors", "not one of the available"),
        ({"code": "taken"}, "__all__", "already has a unit with this code"),
        ({"level": "planet"}, "level", "not one of the available"),
        ({"valid_to": "31/12/2019"}, "__all__", "cannot be before the first"),
    ],
)
def test_a_unit_that_cannot_be_is_refused(cast, admin, changed, field, sentence):
    itself = make_unit(cast, code="by")
    units = {
        "itself": itself,
        "child": make_unit(cast, "Chi đoàn", code="taken", parent=itself),
        "there": make_unit(cast, there=True),
    }
    if "parent" in changed:
        changed = {"parent": units[changed["parent"]].pk}
    if "successors" in changed:
        changed = changed | {"successors": [units[n].pk if n in units else n for n in changed["successors"]]}
    response = admin.post(address("units", itself), unit(**changed))
    assert response.status_code == 200
    assert sentence in str(response.context["form"].errors[field])
    itself.refresh_from_db()
    assert (itself.parent, itself.valid_to, itself.successors.count()) == (None, None, 0)


def test_an_assignment_names_an_officer_or_a_department_and_stands_once(cast, admin):
    where = make_unit(cast)
    data = {"unit": where.pk, "officer": cast.officer.pk, "valid_from": "01/01/2026"}
    assert admin.post("/manage/assignments/add/", data).status_code == 302
    again = admin.post("/manage/assignments/add/", data)
    assert "exists already" in str(again.context["form"].errors["valid_from"])
    for wrong in ({"officer": ""}, {"department": cast.movement.pk}):
        refused = admin.post("/manage/assignments/add/", data | wrong)
        assert "either an officer or a department" in str(refused.context["form"].errors["__all__"])
    stranger = admin.post("/manage/assignments/add/", data | {"officer": cast.stranger.pk})
    assert "officer" in stranger.context["form"].errors
    assert UnitAssignment.objects.count() == 1


# --- days already planned follow the rules -----------------------------------------------------------


def test_days_already_planned_follow_the_rule_and_the_holidays(cast):
    """Friday 6 to Monday 9 February 2026."""
    plan = make_plan(cast, lines=0)
    make_line(plan, make_unit(cast), date(2026, 2, 6), 4)

    def off():
        return [
            d.day
            for d in VisitDay.objects.filter(countable=False).order_by("date").values_list("date", flat=True)
        ]

    rule = YearRule.objects.get(province=cast.province, year=2026)
    assert off() == []
    rule.weekends_count = False
    rule.save()
    assert off() == [7, 8]
    rule.holidays_count = False
    rule.save()
    feast = Holiday.objects.create(province=cast.province, date=date(2026, 2, 9), name="Nghỉ bù")
    Holiday.objects.create(province=cast.other_province, date=date(2026, 2, 6), name="Nghỉ")
    assert off() == [7, 8, 9]
    feast.date = date(2026, 2, 6)
    feast.save()
    assert off() == [6, 7, 8]
    feast.delete()
    rule.weekends_count = True
    rule.save()
    assert off() == []
