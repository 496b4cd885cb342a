"""``manage.py export_annual``: the same values as the page's button, and plain words when it cannot."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from tests.factories import make_annual_report

from .annual_world import final_report, make_year, values


@pytest.fixture
def year(cast, now):
    return make_year(cast, now)


def export(cast, out, *more, province=None, year=2026):
    said = StringIO()
    call_command(
        "export_annual",
        "--province",
        province or cast.province.slug,
        "--year",
        str(year),
        "--out",
        str(out),
        *more,
        stdout=said,
    )
    return said.getvalue()


@pytest.mark.parametrize("state", ["draft", "sent"])
def test_it_writes_what_the_button_gives(year, sign_in, tmp_path, state):
    report = make_annual_report(year, state, "final")
    button = sign_in(year.coordinator).get(reverse("annual-report-workbook", args=[report.pk]))
    said = export(year, tmp_path / "a.xlsx")
    assert values((tmp_path / "a.xlsx").read_bytes()) == values(button.content)
    assert ("a draft" in said, "frozen" in said) == (state == "draft", state == "sent")


def test_the_final_report_goes_before_the_provisional_one(year, tmp_path):
    provisional = make_annual_report(year, "approved")
    out = tmp_path / "a.xlsx"
    assert f"the provisional report, edition {provisional.edition}" in export(year, out)
    final_report(year)
    assert "the final report" in export(year, out)
    assert "the provisional report" in export(year, out, "--version", "provisional")


def test_it_says_when_it_overwrites(year, tmp_path):
    final_report(year)
    out = tmp_path / "a.xlsx"
    assert "overwritten" not in export(year, out)
    assert "overwritten" in export(year, out)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"province": "nowhere"}, "There is no province “nowhere”. Known are: "),
        ({"year": 2031}, "has no rules for 2031"),
        ({"out": "a.csv"}, "does not end in .xlsx"),
        ({"out": "missing/a.xlsx"}, "cannot be written"),
    ],
)
def test_what_cannot_be_is_said(year, tmp_path, wrong, sentence):
    final_report(year)
    wanted = dict(wrong)
    with pytest.raises(CommandError, match=sentence):
        export(year, tmp_path / wanted.pop("out", "a.xlsx"), **wanted)


def test_a_year_without_a_report_is_refused(year, tmp_path):
    with pytest.raises(CommandError, match="has no annual report on 2026 yet"):
        export(year, tmp_path / "a.xlsx")
    make_annual_report(year)
    with pytest.raises(CommandError, match="has no final report on 2026; there is: provisional"):
        export(year, tmp_path / "a.xlsx", "--version", "final")
    assert not (tmp_path / "a.xlsx").exists()
