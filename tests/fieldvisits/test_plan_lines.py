"""Lines of a plan as they are posted (step 1): what the database holds then, and what the answer says."""

import json
import re
import unicodedata
from datetime import date

import pytest
from django.urls import reverse

from fieldvisits.models import (
    OfficerPlan,
    Remark,
    Visit,
    VisitDay,
)

from ..factories import (
    make_line,
    make_plan,
    make_quarter,
    make_unit,
)
from .typing_plans import HTMX, page, save, typed


@pytest.fixture
def me(cast, sign_in, english):
    return sign_in(cast.officer)


@pytest.fixture
def plan(cast):
    return make_plan(cast)


@pytest.fixture
def line(plan):
    return plan.lines.get()


def test_a_line_saves_what_was_typed(cast, me, plan, line):
    unit = make_unit(cast, "Huyện đoàn Võ Nhai")
    response = save(
        me,
        line,
        starts="05/02/2026",
        ends="07/02/2026",
        unit=unit.pk,
        group="3",
        content="Kiểm tra công tác Đoàn",
        expected="Biên bản",
        companions=[cast.colleague.pk, cast.other_officer.pk],
        note="Đi xe cơ quan",
    )
    assert response.status_code == 200
    line.refresh_from_db()
    assert (line.starts, line.ends, line.unit, line.group) == (date(2026, 2, 5), date(2026, 2, 7), unit, 3)
    assert (line.content, line.expected, line.note) == (
        "Kiểm tra công tác Đoàn",
        "Biên bản",
        "Đi xe cơ quan",
    )
    assert set(line.companions.all()) == {cast.colleague, cast.other_officer}
    assert (line.revision, line.unparsed) == (1, {})
    assert [day.date.day for day in VisitDay.objects.filter(visit=line).order_by("date")] == [5, 6, 7]


def test_the_answer_leaves_the_fields_alone(me, line):
    text = save(me, line, content="Khác").content.decode()
    assert "<textarea" not in text
    assert re.findall(r'<input(?! type="hidden")', text) == []
    assert f'id="revision-{line.pk}" name="revision" value="1" hx-swap-oob="true"' in text
    assert "<b>2</b> days" in text


def test_saving_what_is_stored_changes_nothing(me, line):
    assert save(me, line).status_code == 200
    line.refresh_from_db()
    assert line.revision == 0


def test_without_htmx_it_goes_back_to_the_line(me, plan, line):
    response = save(me, line, headers={}, content="Khác")
    assert response.url == f"{plan.get_absolute_url()}#line-{line.pk}"
    line.refresh_from_db()
    assert line.content == "Khác"


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("starts", "31/02/2026", "“31/02/2026” is not a day"),
        ("ends", "mai", "“mai” is not a day"),
        ("starts", "31/12/2025", "31/12/2025 is not in quarter I/2026 (01/01/2026 – 31/03/2026)"),
        ("ends", "01/04/2026", "01/04/2026 is not in quarter I/2026"),
        ("ends", "01/01/2026", "The visit cannot end before it starts"),
        ("group", "9", "Choose one of the four content groups"),
        ("unit", "999999", "There is no such unit"),
        ("unit", "x", "There is no such unit"),
        ("companions", "999999", "no colleague of yours"),
        ("note", "n" * 301, "301 characters are too many: at most 300"),
        ("content", "c" * 10_000, "10000 characters are too many: at most 500"),
    ],
)
def test_what_cannot_be_understood_is_kept_as_typed(me, plan, line, field, text, message):
    response = save(me, line, **{field: text})
    assert response.status_code == 200
    assert message in response.content.decode()
    line.refresh_from_db()
    assert line.unparsed == {field: text}
    assert line.content == ("" if field == "content" else "Khảo sát, nắm tình hình chi đoàn")
    shown = page(me, plan)
    assert message in shown
    if field not in ("group", "unit", "companions"):
        assert text in shown
    assert 'disabled aria-describedby="why-not"' in shown
    assert me.post(reverse("paper-transition", args=["plans", plan.pk, "submit"])).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_a_wrong_date_takes_its_days_away_and_a_right_one_brings_them_back(me, line):
    save(me, line, ends="31/02/2026")
    assert VisitDay.objects.count() == 0
    line.refresh_from_db()
    save(me, line, ends="21/01/2026")
    line.refresh_from_db()
    assert line.unparsed == {}
    assert VisitDay.objects.count() == 2


def test_a_unit_that_does_not_exist_on_the_days_is_kept_and_named(cast, me, plan, line):
    old = make_unit(cast, "Huyện đoàn cũ", valid_to=date(2026, 1, 20))
    old.successors.add(make_unit(cast, "Xã đoàn mới"))
    text = save(me, line, unit=old.pk).content.decode()
    assert "Huyện đoàn cũ existed only until 20/01/2026." in text
    assert "Its successor: Xã đoàn mới." in text
    line.refresh_from_db()
    assert (line.unit, line.unparsed) == (None, {"unit": str(old.pk)})
    save(me, line, unit=old.pk, starts="19/01/2026", ends="20/01/2026")
    line.refresh_from_db()
    assert (line.unit, line.unparsed) == (old, {})


def test_units_and_people_of_another_province_do_not_exist(cast, me, line):
    strange = make_unit(cast, "Huyện đoàn Tam Đảo", there=True)
    response = save(me, line, unit=strange.pk, companions=[cast.stranger.pk, cast.colleague.pk])
    assert "Tam Đảo" not in response.content.decode()
    assert "Trịnh Văn Sơn" not in response.content.decode()
    line.refresh_from_db()
    assert line.unit is None
    assert list(line.companions.all()) == [cast.colleague]


def test_one_does_not_go_along_with_oneself(cast, me, line):
    save(me, line, companions=[cast.officer.pk])
    line.refresh_from_db()
    assert list(line.companions.all()) == []
    assert line.unparsed == {"companions": str(cast.officer.pk)}


def test_vietnamese_is_stored_composed_and_without_control_characters(me, line):
    save(me, line, content=unicodedata.normalize("NFD", "Định\x00 Hóa"), note="a\r\nb")
    line.refresh_from_db()
    assert line.content == "Định Hóa"
    assert line.note == "a\nb"


def test_a_text_far_too_long_is_refused_and_stays_in_the_field(me, line):
    response = save(me, line, content="c" * 20_001, note="Ghi chú khác")
    assert response.status_code == 422
    assert "far too long" in response.content.decode()
    plain = save(me, line, headers={}, content="c" * 20_001, note="Ghi chú khác")
    assert plain.status_code == 422
    assert "c" * 20_001 in plain.content.decode()
    assert "Ghi chú khác" in plain.content.decode()
    line.refresh_from_db()
    assert (line.revision, line.note) == (0, "")


def test_a_second_window_does_not_overwrite_the_first(me, plan, line):
    save(me, line, content="Cửa sổ thứ nhất")
    response = save(me, line, content="Cửa sổ thứ hai")
    text = response.content.decode()
    assert response.status_code == 409
    assert "changed in another window" in text
    assert "Cửa sổ thứ nhất" in text
    line.refresh_from_db()
    assert (line.content, line.revision) == ("Cửa sổ thứ nhất", 1)


def test_without_htmx_both_texts_of_a_conflict_are_shown(me, plan, line):
    save(me, line, content="Cửa sổ thứ nhất")
    response = save(me, line, headers={}, content="Cửa sổ thứ hai")
    assert response.status_code == 409
    text = response.content.decode()
    assert "<dd>Cửa sổ thứ nhất</dd>" in text
    assert ">Cửa sổ thứ hai</textarea>" in text


def test_what_i_typed_can_be_kept_over_what_is_stored(me, line):
    save(me, line, content="Cửa sổ thứ nhất")
    assert save(me, line, content="Cửa sổ thứ hai", over=1).status_code == 200
    line.refresh_from_db()
    assert (line.content, line.revision) == ("Cửa sổ thứ hai", 2)


def test_a_save_whose_answer_was_lost_may_be_repeated(me, line):
    save(me, line, content="Đã đến nơi")
    assert save(me, line, content="Đã đến nơi").status_code == 200
    line.refresh_from_db()
    assert line.revision == 1


def test_a_plan_sent_meanwhile_is_not_changed(cast, me, plan, line):
    plan.perform("submit", by=cast.officer)
    response = save(me, line, content="Muộn rồi")
    assert response.status_code == 409
    assert "cannot be changed" in response.content.decode()
    plain = save(me, line, headers={}, content="Muộn rồi")
    assert (plain.status_code, "Muộn rồi" in plain.content.decode()) == (409, True)
    line.refresh_from_db()
    assert line.content == "Khảo sát, nắm tình hình chi đoàn"


@pytest.mark.parametrize("name", ["line-save", "line-duplicate", "line-remove"])
def test_lines_of_somebody_else(cast, sign_in, line, name):
    url = reverse(name, args=[line.pk])
    for person, state, expected in [
        (cast.colleague, "draft", 404),
        (cast.head, "draft", 404),
        (cast.strange_head, "draft", 404),
        (cast.administrator, "draft", 404),
        (cast.head, "submitted", 403),
        (cast.colleague, "submitted", 404),
    ]:
        if state == "submitted" and line.plan.state == "draft":
            line.plan.perform("submit", by=cast.officer)
        assert sign_in(person).post(url, typed(line, content="x")).status_code == expected, person
    assert Visit.objects.get().content != "x"
    assert sign_in(cast.officer).get(url).status_code == 405


def test_a_line_is_added_and_never_two_empty_ones(me, plan, line):
    url = reverse("line-add", args=[plan.pk])
    response = me.post(url, {"known": line.pk}, headers=HTMX)
    new = plan.lines.exclude(pk=line.pk).get()
    text = response.content.decode()
    assert f'id="line-{new.pk}"' in text
    assert f'id="line-{line.pk}"' not in text
    assert json.loads(response.headers["HX-Trigger-After-Settle"]) == {"plan:focus": {"line": new.pk}}
    again = me.post(url, {"known": new.pk}, headers=HTMX)
    assert f'id="line-{new.pk}"' not in again.content.decode()
    assert me.post(url).url == f"{plan.get_absolute_url()}#line-{new.pk}"
    assert plan.lines.count() == 2


def test_a_full_plan_takes_no_more(me, plan, line):
    for n in range(59):
        plan.add_line(content=f"Việc {n}")
    response = me.post(reverse("line-add", args=[plan.pk]), {"known": line.pk}, headers=HTMX)
    assert response.status_code == 409
    assert "at most 60 lines" in response.content.decode()
    assert me.post(reverse("line-add", args=[plan.pk])).url == plan.get_absolute_url()
    assert plan.lines.count() == 60


def test_a_line_is_duplicated_once_by_a_double_click(cast, me, plan, line):
    line.companions.add(cast.colleague)
    url = reverse("line-duplicate", args=[line.pk])
    first = me.post(url, {"known": line.pk}, headers=HTMX)
    second = me.post(url, {"known": line.pk}, headers=HTMX)
    assert (first.status_code, second.status_code) == (200, 409)
    new = plan.lines.exclude(pk=line.pk).get()
    assert (new.starts, new.ends, new.unit, new.content) == (line.starts, line.ends, line.unit, line.content)
    assert list(new.companions.all()) == [cast.colleague]
    assert new.days.count() == 2
    assert me.post(url).url == f"{plan.get_absolute_url()}#line-{plan.lines.latest('pk').pk}"
    assert plan.lines.count() == 3


def test_a_removed_line_comes_back_whole(cast, me, plan, line):
    line.companions.add(cast.colleague)
    line.unparsed = {"ends": "31/02/2026"}
    line.save()
    Remark.objects.create(visit=line, author=cast.head, role="head", text="Nêu rõ xã", at="2026-01-03T09:00Z")
    text = me.post(reverse("line-remove", args=[line.pk]), headers=HTMX).content.decode()
    assert f'<div id="line-{line.pk}" hx-swap-oob="delete">' in text
    assert "Undo" in text
    assert (Visit.objects.count(), VisitDay.objects.count(), Remark.objects.count()) == (0, 0, 0)
    assert "Undo" in page(me, plan)
    text = me.post(
        reverse("line-add", args=[plan.pk]), {"undo": 1, "known": 0}, headers=HTMX
    ).content.decode()
    assert f'id="line-{line.pk}"' in text
    back = Visit.objects.get()
    assert (back.pk, back.content, back.unparsed) == (line.pk, line.content, {"ends": "31/02/2026"})
    assert list(back.companions.all()) == [cast.colleague]
    assert (back.days.count(), Remark.objects.get().text) == (2, "Nêu rõ xã")
    assert "Undo" not in page(me, plan)


def test_without_htmx_removing_and_undoing_work_too(me, plan, line):
    assert me.post(reverse("line-remove", args=[line.pk])).url == plan.get_absolute_url() + "#lines"
    assert Visit.objects.count() == 0
    assert "No line yet" in page(me, plan)
    me.post(reverse("line-add", args=[plan.pk]), {"undo": 1})
    assert Visit.objects.get().pk == line.pk
    text = me.post(reverse("line-add", args=[plan.pk]), {"undo": 1}, follow=True).content.decode()
    assert "There is no removed line to bring back." in text


def test_a_removed_line_does_not_come_back_into_a_sent_plan(cast, me, plan, line):
    make_line(plan, line.unit, date(2026, 2, 2))
    me.post(reverse("line-remove", args=[line.pk]))
    plan.refresh_from_db()
    plan.perform("submit", by=cast.officer)
    response = me.post(reverse("line-add", args=[plan.pk]), {"undo": 1}, follow=True)
    assert "cannot be changed" in response.content.decode()
    assert plan.lines.count() == 1


def test_lines_of_an_earlier_quarter_are_copied_once(cast, me, plan, line):
    quarter = make_quarter(cast, number=2)
    later = OfficerPlan.objects.start(cast.officer, quarter)
    url = reverse("lines-copy", args=[later.pk])
    response = me.post(url, {"plan": plan.pk, "known": 0}, headers=HTMX)
    new = later.lines.get()
    assert f'id="line-{new.pk}"' in response.content.decode()
    assert "1 line has been copied" in response.content.decode()
    assert (new.starts, new.ends) == (date(2026, 4, 21), date(2026, 4, 22))  # Tuesday stays Tuesday
    assert me.post(url, {"plan": plan.pk, "known": 0}, headers=HTMX).status_code == 409
    assert later.lines.count() == 1


@pytest.mark.parametrize("wanted", ["", "x", "999999", "own"])
def test_copying_from_nowhere_is_refused(me, plan, wanted):
    wanted = plan.pk if wanted == "own" else wanted
    response = me.post(reverse("lines-copy", args=[plan.pk]), {"plan": wanted}, follow=True)
    assert "Choose the quarter to copy from." in response.content.decode()
    assert plan.lines.count() == 1


@pytest.mark.parametrize("name", ["line-remove", "line-duplicate"])
def test_lines_of_a_sent_plan_stay_as_they_are(cast, me, plan, line, name):
    plan.perform("submit", by=cast.officer)
    url = reverse(name, args=[line.pk])
    response = me.post(url, headers=HTMX)
    assert response.status_code == 409
    assert "cannot be changed" in response.content.decode()
    assert "cannot be changed" in me.post(url, follow=True).content.decode()
    assert plan.lines.get().pk == line.pk


def test_a_line_struck_before_does_not_overlap(cast, me, plan, line):
    make_line(plan, line.unit, line.starts)
    assert "Same days as line 2" in page(me, plan)
    plan.perform("submit", by=cast.officer)
    line.perform("strike", by=cast.head, comment="Trùng")
    plan.refresh_from_db()
    plan.perform("return", by=cast.head, comment="Bổ sung")
    assert "Same days as" not in page(me, plan)


def test_a_line_brought_back_in_another_window_is_not_brought_back_twice(me, plan, line):
    me.post(reverse("line-remove", args=[line.pk]))
    session = me.session
    kept = dict(session["removed"])
    me.post(reverse("line-add", args=[plan.pk]), {"undo": 1})
    session = me.session
    session["removed"] = kept
    session.save()
    text = me.post(reverse("line-add", args=[plan.pk]), {"undo": 1}, follow=True).content.decode()
    assert "This line is back already." in text
    assert plan.lines.count() == 1


@pytest.mark.parametrize("rubbish", ["²", "9" * 30, "1,²", "٣"])
def test_companions_that_are_no_numbers_come_back_as_typed(plan, line, me, rubbish):
    assert save(me, line, companions=[rubbish]).status_code == 200
    assert Visit.objects.get(pk=line.pk).unparsed == {"companions": rubbish}
    page(me, plan)
