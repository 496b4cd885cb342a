"""The commands that import, and the empty workbooks they write."""

from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import load_workbook

from fieldvisits.imports import people, units
from fieldvisits.models import HostUnit, Level

from .test_imports import (
    PEOPLE_HEADINGS,
    START,
    book,
    person_row,
    saved,
    sentences,
    unit_book,
)

pytestmark = pytest.mark.usefixtures("in_english")


def run_command(name, *arguments):
    out, err = StringIO(), StringIO()
    call_command(name, *[str(a) for a in arguments], stdout=out, stderr=err)
    return out.getvalue()


def test_the_command_tries_first_and_writes_when_told(cast, tmp_path):
    file = tmp_path / "units.xlsx"
    file.write_bytes(unit_book(["H1", "Huyện đoàn Võ Nhai", "district", None, START]))
    said = run_command("import_units", file, "--province", "thai-nguyen")
    assert "1 rows read; 1 new, 0 changed, 0 as before" in said
    assert "nothing was written" in said
    assert not HostUnit.objects.exists()
    assert "Everything has been written." in run_command(
        "import_units", file, "--province", "thai-nguyen", "--commit"
    )
    assert HostUnit.objects.get().province == cast.province


def test_the_command_leaves_a_copy_with_the_errors_and_fails(cast, tmp_path):
    file = tmp_path / "people.xlsx"
    file.write_bytes(book(PEOPLE_HEADINGS, *[person_row(f"A{n}", username="") for n in range(25)]))
    with pytest.raises(
        CommandError, match=r"25 errors; nothing was written. They are marked in .*people-errors.xlsx"
    ):
        run_command("import_people", file, "--province", "thai-nguyen", "--commit")
    assert load_workbook(tmp_path / "people-errors.xlsx").sheetnames == ["Sheet", "Errors"]
    assert file.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Name either"),
        (["a.xlsx"], "Say which province: --province with one of thai-nguyen, vinh-phuc"),
        (["a.xlsx", "--province", "ha-noi"], "There is no province “ha-noi”"),
        (["a.xlsx", "--province", "thai-nguyen"], "a.xlsx: The file cannot be read"),
        (["--template", "/nowhere/at/all.xlsx"], "cannot be written"),
    ],
)
def test_the_command_says_what_is_missing(cast, arguments, says):
    with pytest.raises(CommandError, match=says):
        run_command("import_people", *arguments)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("command", "module", "filled"),
    [
        ("import_people", people, {1: "A1", 2: "Hà Văn Tú", 3: "tu"}),
        ("import_units", units, {1: "H1", 2: "Huyện đoàn Võ Nhai", 3: None, 5: START}),
    ],
)
def test_the_template_explains_itself_and_is_accepted_once_filled_in(
    cast, tmp_path, language, command, module, filled
):
    file = tmp_path / "template.xlsx"
    with translation.override(language):
        assert "template.xlsx" in run_command(command, "--template", file, "--province", "thai-nguyen")
        level = str(Level.DISTRICT.label)
    made = load_workbook(file)
    sheet, explained = made.worksheets
    assert sheet["A1"].value.endswith("*")
    assert sheet.column_dimensions["A"].number_format == "@"
    assert explained.max_column == 4
    headings = [cell.value.rstrip(" *") for cell in sheet[1]]
    assert [cell.value for cell in explained["A"][1:]] == headings
    assert len(set(headings)) == len(headings)
    for column, value in filled.items():
        sheet.cell(2, column).value = value or level
    result = module.run(saved(made), cast.province, commit=True)
    assert sentences(result) == []
    assert (result.problem, result.created) == ("", 1)


def test_the_template_of_a_province_lists_its_departments(cast):
    explained = load_workbook(BytesIO(people.template(cast.province))).worksheets[1]
    allowed = {row[0].value: row[3].value for row in explained.iter_rows(min_row=2)}
    assert allowed["Department (code)"] == "xdd, pt"
    assert "Head of department" in allowed["Roles"]
    assert "Central" not in allowed["Roles"]
