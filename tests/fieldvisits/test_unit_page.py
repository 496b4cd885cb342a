"""The page of a host unit: what the next visitor finds there, and who may read what of it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldvisits.models import QUESTIONS, HostLink, UnitAssignment, confirm_presence
from fieldvisits.pages.hints import look_around

from ..factories import make_notice, make_plan, make_recommendation, make_result, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english", "english")


def shown(client, unit, **asked):
    response = client.get(f"/units/{unit.pk}/", asked)
    assert response.status_code == 200
    return response.context["page"], response.content.decode()


@pytest.fixture
def visited(cast, now):
    """A visit of 20-21 January with its result accepted, seen on 1 March."""
    visit = make_visit(cast)
    result = make_result(cast, visit, "submitted", difficulties="Thiếu kinh phí tập huấn")
    now.move_to("2026-03-01T09:00:00+07:00")
    return visit, result


def say(cast, visit, text="Đoàn công tác nhiệt tình", mark=3):
    """The unit's word on a visit, given the day after it."""
    notice = make_notice(cast, visit)
    link = HostLink.objects.issue(notice, "feedback", by=cast.head.powers)
    marks = dict.fromkeys(QUESTIONS, mark)
    return confirm_presence(link, visit, [visit.starts], text=text, given_by="Lý Thị Sen", **marks)


def test_findings_are_for_those_who_read_the_result(cast, sign_in, visited):
    visit, _result = visited
    for who, reads in [("officer", True), ("head", True), ("results_desk", True), ("member", True)]:
        page, text = shown(sign_in(getattr(cast, who)), visit.unit)
        assert [row.visit for row in page.past] == [visit]
        assert ("Thiếu kinh phí tập huấn" in text) is reads
    for who in ("colleague", "other_head"):
        page, text = shown(sign_in(getattr(cast, who)), visit.unit)
        assert [row.visit for row in page.past] == [visit]
        assert "Thiếu kinh phí tập huấn" not in text
        assert visit.content not in text


def test_an_administrator_reads_of_no_visit(cast, sign_in, visited):
    visit, _result = visited
    _page, text = shown(sign_in(cast.administrator), visit.unit)
    assert "Visits are shown to people who work with plans." in text
    assert cast.officer.full_name not in text


def test_the_other_province_does_not_find_it(cast, sign_in, visited):
    visit, _result = visited
    for who in (cast.stranger, cast.strange_member, cast.central):
        assert sign_in(who).get(f"/units/{visit.unit_id}/").status_code == 404


def test_days_since_the_last_visit_also_at_what_it_carries_on(cast, sign_in, visited):
    visit, _result = visited
    heir = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    visit.unit.successors.add(heir)
    page, text = shown(sign_in(cast.colleague), heir)
    assert (page.last, page.days_since) == (date(2026, 1, 21), 39)
    assert "39 days ago" in text
    assert "Huyện đoàn Định Hóa" in text
    units = sign_in(cast.colleague).get("/units/", {"sort": "last"}).context["page"]
    assert [unit.days_since for unit in units] == [39, 39]


def test_a_unit_nobody_has_visited_comes_first_and_says_never(cast, sign_in, visited):
    never = make_unit(cast, "Đoàn xã Chưa", level="commune")
    units = sign_in(cast.officer).get("/units/", {"sort": "last"}).context["page"]
    assert [unit.name for unit in units] == ["Đoàn xã Chưa", "Huyện đoàn Định Hóa"]
    page, text = shown(sign_in(cast.officer), never)
    assert (page.last, "never" in text, "a place to start" in text) == (None, True, True)


def test_past_visits_are_turned_page_by_page(cast, sign_in, visited, monkeypatch):
    """Newest first; the figures above stay those of the whole past."""
    monkeypatch.setattr("fieldvisits.pages.units.VISITS", 2)
    first, _result = visited
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    third = make_visit(cast, cast.deputy, date(2026, 2, 12), 1)
    client = sign_in(cast.head)
    page, _text = shown(client, first.unit)
    assert [row.visit for row in page.past] == [third, second]
    page, text = shown(client, first.unit, page="2")
    assert [row.visit for row in page.past] == [first]
    assert "Thiếu kinh phí tập huấn" in text
    assert page.last == date(2026, 2, 12)
    for nonsense in ("0", "99", "x"):
        page, _text = shown(client, first.unit, page=nonsense)
        assert len(page.past) == {"0": 1, "99": 1, "x": 2}[nonsense]


def test_a_visit_to_come_is_no_last_visit(cast, sign_in):
    visit = make_visit(cast)
    page, _text = shown(sign_in(cast.colleague), visit.unit)
    assert (page.last, list(page.upcoming), list(page.past)) == (None, [visit], [])


def test_open_recommendations_stand_before_closed_ones(cast, sign_in, now):
    first = make_visit(cast)
    settled = make_recommendation(cast, make_result(cast, first), "settled", text="Đã xong việc này")
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    due = make_recommendation(
        cast, make_result(cast, second), "open", text="Bổ sung kinh phí", due=date(2026, 2, 20)
    )
    now.move_to("2026-03-01T09:00:00+07:00")
    page, text = shown(sign_in(cast.other_officer), first.unit)
    assert (list(page.pending), page.closed) == ([due], [settled])
    assert text.index("Bổ sung kinh phí") < text.index("Đã xong việc này")
    assert "late" in text


def test_a_recommendation_only_noted_is_not_shown(cast, sign_in):
    made = make_recommendation(cast)
    page, _text = shown(sign_in(cast.colleague), made.unit)
    assert (list(page.pending), page.closed) == ([], [])


def test_the_units_word_is_for_those_who_read_the_visit(cast, sign_in, now):
    visit = make_visit(cast)
    other = make_visit(cast, cast.colleague, date(2026, 1, 20), 1)
    now.move_to("2026-01-22T09:00:00+07:00")
    notice = make_notice(cast, visit)
    link = HostLink.objects.issue(notice, "feedback", by=cast.head.powers)
    for told, mark in ((visit, 3), (other, 2)):
        marks = dict.fromkeys(QUESTIONS, mark)
        confirm_presence(link, told, [told.starts], text=f"Điểm {mark}", given_by="Lý Thị Sen", **marks)
    page, text = shown(sign_in(cast.head), visit.unit)
    assert page.means == (2, [(str(question), 2.5) for question in QUESTIONS.values()])
    assert "Điểm 3" in text
    page, text = shown(sign_in(cast.officer), visit.unit)
    assert (page.means[0], "Điểm 3" in text, "Điểm 2" in text) == (1, True, False)
    page, _text = shown(sign_in(cast.other_officer), visit.unit)
    assert page.means == (0, [])


def test_people_named_in_answers_are_contacts(cast, sign_in):
    visit = make_visit(cast)
    visit.unit.contact_name, visit.unit.contact_phone = "Hoàng Văn Cũ", "0911"
    visit.unit.save()
    notice = make_notice(cast, visit)
    for name, phone in (("Hoàng Văn Cũ", "0911"), ("Lý Thị Sen", "0987"), ("", ""), ("Lý Thị Sen", "0987")):
        notice.record_answer(
            notice.lines.get(),
            "agreed",
            by=cast.head.powers,
            how="phone",
            contact_name=name,
            contact_phone=phone,
        )
    page, text = shown(sign_in(cast.colleague), visit.unit)
    assert [(said.contact_name, said.contact_phone) for said in page.contacts] == [("Lý Thị Sen", "0987")]
    assert 'href="tel:0987"' in text
    assert shown(sign_in(cast.administrator), visit.unit)[0].contacts == []


def test_while_planning_the_note_leads_to_the_unit_and_counts_what_is_open(cast, sign_in, english):
    visit = make_visit(cast)
    recommendation = make_recommendation(cast, make_result(cast, visit), "open")
    plan = make_plan(cast, cast.colleague)
    around = look_around(
        plan, list(plan.lines.all()), {line.pk: 1 for line in plan.lines.all()}, cast.colleague
    )
    assert around.still_open == {recommendation.unit_id: 1}
    text = sign_in(cast.colleague).get(plan.get_absolute_url()).content.decode()
    assert "1 recommendation is still open here." in text
    assert f'<a href="/units/{visit.unit_id}/" target="_blank" rel="noopener">' in text


def test_a_line_without_days_already_leads_to_its_unit(cast, sign_in, english):
    plan = make_plan(cast, cast.colleague)
    line = plan.lines.get()
    plan.lines.update(starts=None, ends=None)
    text = sign_in(cast.colleague).get(plan.get_absolute_url()).content.decode()
    assert f'<a href="/units/{line.unit_id}/" target="_blank" rel="noopener">' in text


def test_what_is_open_at_a_unit_it_carries_on_counts_too(cast):
    recommendation = make_recommendation(cast, state="open")
    heir = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    recommendation.unit.successors.add(heir)
    plan = make_plan(cast, cast.colleague)
    plan.lines.update(unit=heir)
    lines = list(plan.lines.all())
    around = look_around(plan, lines, {line.pk: 1 for line in lines}, cast.colleague)
    assert around.still_open == {heir.pk: 1}


def test_the_page_asks_the_same_for_one_visit_and_for_three(cast, sign_in, now):
    def queries(unit):
        client = sign_in(cast.head)
        client.get("/units/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/units/{unit.pk}/").status_code == 200
        return len(seen)

    visit = make_visit(cast)
    make_recommendation(cast, make_result(cast, visit), "open")
    UnitAssignment.objects.create(unit=visit.unit, officer=cast.officer, valid_from=date(2026, 1, 1))
    now.move_to("2026-01-22T09:00:00+07:00")
    say(cast, visit)
    before = queries(visit.unit)
    now.move_to("2026-03-05T09:00:00+07:00")
    for n, officer in enumerate([cast.colleague, cast.deputy], start=1):
        more = make_visit(cast, officer, date(2026, 2, 10) + timedelta(days=n), 1)
        make_recommendation(cast, make_result(cast, more), "open")
        UnitAssignment.objects.create(unit=visit.unit, officer=officer, valid_from=date(2026, 1, 1))
    say(cast, more)
    assert queries(visit.unit) == before <= 25
