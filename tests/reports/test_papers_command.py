"""``manage.py papers``: every paper of what is in the database; and how many questions a paper asks it."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from reports.papers.kinds import KINDS
from tests.factories import make_department_plan, make_quarter, make_quarter_report, make_result, make_visit


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    """A machine without LibreOffice and poppler."""
    monkeypatch.setenv("PATH", str(tmp_path))


def test_it_writes_word_and_excel_and_says_what_is_missing_for_the_rest(cast, tmp_path, no_programs, capsys):
    make_visit(cast)
    out = tmp_path / "papers"
    with pytest.raises(CommandError, match="soffice and pdftoppm cannot be found") as refusal:
        call_command("papers", out=out)
    assert "libreoffice-calc libreoffice-writer poppler-utils fonts-liberation2" in str(refusal.value)
    names = sorted(path.name for path in out.iterdir())
    assert "thai-nguyen_dang-ky_2026-quy-1_nguyen-van-an.docx" in names
    assert "thai-nguyen_dang-ky_2026-quy-1_nguyen-van-an.xlsx" in names
    assert all(path.stat().st_size > 5000 for path in out.iterdir())
    assert "2  registration" in capsys.readouterr().out


def test_one_of_each_kind_is_enough_unless_all_are_asked_for(cast, tmp_path, no_programs):
    make_department_plan(cast, "approved", [cast.officer, cast.colleague])
    for every, count in [(False, 1), (True, 2)]:
        out = tmp_path / str(every)
        with pytest.raises(CommandError):
            call_command("papers", out=out, all=every)
        assert len(list(out.glob("*_dang-ky_*.xlsx"))) == count


def test_an_empty_database_is_told_apart(cast, tmp_path):
    with pytest.raises(CommandError, match="no paper"):
        call_command("papers", out=tmp_path, year=2019)


def counted(kind, pk, reader, django_assert_max_num_queries):
    with django_assert_max_num_queries(25) as queries:
        paper = KINDS[kind].visible_to(reader).get(pk=pk)
        KINDS[kind].facts_of(paper, reader, str)
    return len(queries)


@pytest.mark.parametrize("kind", ["department-plan", "quarter-plan"])
def test_a_plan_asks_as_much_for_three_lines_as_for_one(cast, kind, django_assert_max_num_queries):
    asked = []
    for number, lines in ((1, 1), (2, 3)):
        quarter = make_quarter(cast, number=number)
        paper = make_department_plan(
            cast, "approved", [cast.officer, cast.colleague][:number], quarter, lines
        )
        line = paper.officer_plans.first().lines.first()
        pk = paper.pk if kind == "department-plan" else line.decisions.get().decision_id
        asked.append(counted(kind, pk, cast.second_member, django_assert_max_num_queries))
    assert asked[0] == asked[1]


def test_a_report_asks_as_much_for_three_visits_as_for_one(cast, now, django_assert_max_num_queries):
    visits = [make_visit(cast, first=date(2026, 1, day)) for day in (12, 15, 20)]
    now.move_to("2026-01-23T09:00:00+07:00")
    make_result(cast, visits[0], "accepted")
    report = make_quarter_report(cast, state="submitted")
    before = counted("quarter-report", report.pk, cast.officer, django_assert_max_num_queries)
    for visit in visits[1:]:
        make_result(cast, visit, "accepted")
    assert counted("quarter-report", report.pk, cast.officer, django_assert_max_num_queries) == before
