"""Importing people and host units: what a workbook says ends up in the database, or nothing of it does."""

import unicodedata
import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart

from accounts.models import Membership, Role, RoleGrant, User
from fieldvisits import workbooks
from fieldvisits.imports import people, units
from fieldvisits.models import HostUnit

pytestmark = pytest.mark.usefixtures("in_english")

UNIT_HEADINGS = [
    "Code",
    "Name",
    "Level",
    "Belongs to (code)",
    "Valid from",
    "Valid until",
    "Succeeded by (codes)",
]
PEOPLE_HEADINGS = [
    "Staff code", "Full name", "User name", "E-mail", "Phone", "Post", "Movement work", "Department (code)",
    "From", "Until", "Roles",
]  # fmt: skip
START = datetime(2026, 1, 1)


def book(headings, *rows, title="Sheet"):
    """The bytes of a workbook with one sheet."""
    made = Workbook()
    made.active.title = title
    made.active.append(headings)
    for row in rows:
        made.active.append(list(row))
    return saved(made)


def saved(made):
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def unit_book(*rows):
    return book(UNIT_HEADINGS, *rows)


def person_row(code="A1", name="Hà Văn Tú", username="tu", **more):
    values = {"email": "", "phone": "", "post": "", "work": "", "department": "", "from": None, "until": None}
    values |= {"roles": ""} | more
    return [code, name, username, *values.values()]


def sentences(result):
    return [(e.row, e.heading, e.sentence) for e in result.errors]


# --- Host units ---------------------------------------------------------------------------------------------------------


def test_a_trial_says_what_would_happen_and_writes_nothing(cast):
    result = units.run(unit_book(["H1", "Huyện đoàn Võ Nhai", "District union", None, START]), cast.province)
    assert (result.rows, result.created, result.updated, result.committed) == (1, 1, 0, False)
    assert result.is_sound
    assert HostUnit.objects.count() == 0


def test_units_are_written_with_parents_dates_and_successors(cast):
    file = unit_book(
        ["C1", "Chi đoàn xóm 1", "branch", "X1", START],
        ["X1", "Đoàn xã Bình Yên", "commune", "H1", "01/01/2020", "30/06/2025", "X2; X3"],
        [],
        ["H1", "Huyện đoàn Định Hóa", "DISTRICT UNION", None, datetime(2020, 1, 1)],
        ["X2", "Đoàn xã Bình Yên", "commune", None, "1/7/2025"],
        ["X3", "Đoàn xã Trung Hội", "commune", None, "01-07-2025"],
    )
    result = units.run(file, cast.province, commit=True)
    assert sentences(result) == []
    assert (result.rows, result.created, result.committed) == (5, 5, True)
    old = HostUnit.objects.get(code="X1")
    assert (old.name, old.level, old.parent.code) == ("Đoàn xã Bình Yên", "commune", "H1")
    assert (old.valid_from, old.valid_to) == (date(2020, 1, 1), date(2025, 6, 30))
    assert set(old.successors.values_list("code", flat=True)) == {"X2", "X3"}
    assert HostUnit.objects.get(code="C1").parent == old


def test_the_same_file_again_changes_nothing_and_a_new_one_updates_by_code(cast):
    first = unit_book(["H1", "Huyện đoàn Võ Nhai", "district", None, START])
    units.run(first, cast.province, commit=True)
    again = units.run(first, cast.province, commit=True)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    changed = units.run(
        unit_book(["h1", "Huyện đoàn Võ Nhai (mới)", "district", None, START]), cast.province, commit=True
    )
    assert (changed.created, changed.updated) == (0, 1)
    assert list(HostUnit.objects.values_list("code", "name")) == [("H1", "Huyện đoàn Võ Nhai (mới)")]
    assert HostUnit.objects.get().history.count() == 2


def test_an_absent_column_leaves_the_unit_as_it_is(cast):
    units.run(unit_book(["H1", "Võ Nhai", "district", None, START, "30/06/2026"]), cast.province, commit=True)
    short = book(["Code", "Name", "Level", "Valid from"], ["H1", "Huyện đoàn Võ Nhai", "district", START])
    assert units.run(short, cast.province, commit=True).updated == 1
    assert HostUnit.objects.get().valid_to == date(2026, 6, 30)


def test_another_provinces_units_are_neither_found_nor_changed(cast):
    file = unit_book(["H1", "Huyện đoàn Võ Nhai", "district", None, START])
    units.run(file, cast.other_province, commit=True)
    result = units.run(unit_book(["X1", "Đoàn xã", "commune", "H1", START]), cast.province, commit=True)
    assert [(row, heading) for row, heading, _ in sentences(result)] == [(2, "Belongs to (code)")]
    assert units.run(file, cast.province, commit=True).created == 1
    assert HostUnit.objects.filter(code="H1").count() == 2


def test_decomposed_text_and_figures_as_codes_are_understood(cast):
    decomposed = unicodedata.normalize("NFD", "Huyện đoàn Định Hóa")
    assert len(decomposed) > len("Huyện đoàn Định Hóa")
    units.run(unit_book([101, f"  {decomposed} ", "district", None, START]), cast.province, commit=True)
    assert HostUnit.objects.get(code="101").name == "Huyện đoàn Định Hóa"


def test_one_wrong_row_keeps_the_right_ones_out(cast):
    file = unit_book(
        ["H1", "Huyện đoàn Võ Nhai", "district", None, START],
        ["H2", "Huyện đoàn Đại Từ", "huyện", None, "31/02/2026"],
    )
    result = units.run(file, cast.province, commit=True)
    assert [(row, heading) for row, heading, _ in sentences(result)] == [(3, "Level"), (3, "Valid from")]
    assert sentences(result)[1][2] == "“31/02/2026” is not a date. Enter day/month/year, such as 01/07/2025."
    assert not result.committed
    assert HostUnit.objects.count() == 0


@pytest.mark.parametrize(
    ("rows", "where", "says"),
    [
        (
            [["H1", "A", "district", None, START], ["h1", "B", "district", None, START]],
            (3, "Code"),
            "row 2 already",
        ),
        ([["H1", "A", "district", "H9", START]], (2, "Belongs to (code)"), "no unit with the code “H9”"),
        ([["H1", "A", "district", "H1", START]], (2, "Belongs to (code)"), "cannot belong to itself"),
        (
            [["H1", "A", "district", None, START, None, "H1"]],
            (2, "Succeeded by (codes)"),
            "cannot succeed itself",
        ),
        ([["H1", "A", "district", None, START, "31/12/2025"]], (2, ""), "cannot be before"),
        ([["H1", "", "district", None, START]], (2, "Name"), "must be filled in"),
        ([["H1", "x" * 10_000, "district", None, START]], (2, "Name"), "at most 150 characters"),
        ([["H1", "=1+1", "district", None, START]], (2, "Name"), "holds a formula"),
        ([["H1", "A", "district", None, 46023]], (2, "Valid from"), "not a date"),
        ([["H1", datetime(2026, 1, 1), "district", None, START]], (2, "Name"), "Enter text"),
        ([["H1", "A", "district", None, datetime(2026, 1, 1, 8)]], (2, "Valid from"), "not a date"),
        ([[1e200, "A", "district", None, START]], (2, "Code"), "Enter text"),
        ([["H1", 1.5, "district", None, START]], (2, "Name"), "Enter text"),
        ([["H1", True, "district", None, START]], (2, "Name"), "Enter text"),
        ([["H1", "#N/A", "district", None, START]], (2, "Name"), "holds an Excel error (#N/A)"),
    ],
)
def test_a_wrong_cell_is_named_with_what_to_do(cast, rows, where, says):
    result = units.run(unit_book(*rows), cast.province, commit=True)
    assert [(row, heading) for row, heading, _ in sentences(result)] == [where]
    assert says in result.errors[0].sentence
    assert load_workbook(BytesIO(result.annotated_copy())).sheetnames == ["Sheet", "Errors"]
    assert HostUnit.objects.count() == 0


def test_a_ring_is_refused_also_through_units_that_are_there_already(cast):
    units.run(
        unit_book(["A", "A", "district", None, START], ["B", "B", "commune", "A", START]),
        cast.province,
        commit=True,
    )
    result = units.run(unit_book(["A", "A", "district", "B", START]), cast.province, commit=True)
    assert sentences(result) == [(2, "Belongs to (code)", "This forms a ring: “A” would stand above itself.")]
    assert HostUnit.objects.get(code="A").parent is None


# --- Files that cannot be used ------------------------------------------------------------------------------------------


def bomb():
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (workbooks.MOST_UNPACKED + 1))
    return stream.getvalue()


def with_entities():
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(unit_book())) as source,
        zipfile.ZipFile(stream, "w") as archive,
    ):
        for part in source.infolist():
            text = source.read(part)
            if part.filename == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "b">]>' + text
            archive.writestr(part.filename, text)
    return stream.getvalue()


def far_below():
    made = Workbook()
    made.active.append(UNIT_HEADINGS)
    made.active["A1048576"] = "H1"
    return saved(made)


def only_a_chart():
    made = Workbook()
    made.remove(made.active)
    made.create_chartsheet("Chart").add_chart(BarChart())
    return saved(made)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 nothing of a workbook", "is damaged or is not an Excel workbook"),
        (b"Code;Name\nH1;V\xc3\xb5 Nhai\n", "is damaged or is not an Excel workbook"),
        (
            lambda: unit_book(["H1", "A", "district", None, START])[:-200],
            "is damaged or is not an Excel workbook",
        ),
        (lambda: b"x" * (workbooks.MOST_BYTES + 1), "larger than 5 MB"),
        (bomb, "far larger once unpacked"),
        (with_entities, "is damaged or is not an Excel workbook"),
        (only_a_chart, "has no sheet with cells"),
        (lambda: book([]), "holds no headings"),
        (lambda: book(UNIT_HEADINGS), "no row below the headings"),
        (
            lambda: book(["Code", "Name"], ["H1", "A"]),
            "columns are missing in the first row of the sheet “Sheet”: Level, Valid from.",
        ),
        (lambda: book([*UNIT_HEADINGS, "Colour"], ["H1"]), "column “Colour” is not known"),
        (lambda: book([*UNIT_HEADINGS, "code"], ["H1"]), "“code” stands there twice"),
        (lambda: book(UNIT_HEADINGS, *[["H"]] * (workbooks.MOST_ROWS + 1)), "more than 5000 filled rows"),
        (far_below, "reaches below row 20000"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(cast, file, says):
    result = units.run(file() if callable(file) else file, cast.province, commit=True)
    assert says in result.problem
    assert result.annotated_copy() == b"" or result.sheet is not None
    assert HostUnit.objects.count() == 0


def test_a_missing_file_gets_a_sentence(cast, tmp_path):
    assert "No such file" in units.run(tmp_path / "none.xlsx", cast.province).problem


def test_the_sheet_with_the_right_name_is_read_and_an_upload_is_as_good_as_a_path(cast):
    made = Workbook()
    made.active.append(["notes"])
    sheet = made.create_sheet("Host units")
    sheet.append(UNIT_HEADINGS)
    sheet.append(["H1", "Huyện đoàn Võ Nhai", "district", None, START])
    assert units.run(BytesIO(saved(made)), cast.province).created == 1


# --- The copy with the errors -------------------------------------------------------------------------------------------


def test_the_copy_marks_each_error_where_it_is_and_lists_all(cast):
    made = load_workbook(
        BytesIO(unit_book(["H1", "A", "huyện", None, START], ["H2", None, "district", None, START]))
    )
    made.active["B2"].value, made.active["B2"].data_type = "=HYPERLINK(1)", "s"
    result = units.run(saved(made), cast.province)
    copy = load_workbook(BytesIO(result.annotated_copy()))
    sheet, listed = copy["Sheet"], copy["Errors"]
    assert [cell.value for cell in sheet[1]] == UNIT_HEADINGS
    assert "is not one of: District union" in sheet["C2"].comment.text
    assert sheet["C2"].fill.fgColor.rgb == "FFF4CCCC"
    assert sheet["B3"].comment.text == "This cell must be filled in."
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=HYPERLINK(1)", "s")
    assert sheet["E2"].value == START
    assert [[cell.value for cell in row][:2] for row in listed] == [
        ["Row", "Column"],
        [2, "Level"],
        [3, "Name"],
    ]


def test_the_corrected_copy_can_be_imported(cast):
    wrong = units.run(unit_book(["H1", "Võ Nhai", "huyện", None, START]), cast.province)
    copy = load_workbook(BytesIO(wrong.annotated_copy()))
    copy["Sheet"]["C2"].value = "District union"
    assert units.run(saved(copy), cast.province, commit=True).created == 1


# --- People -------------------------------------------------------------------------------------------------------------


def test_people_come_with_department_roles_and_no_password(cast):
    file = book(
        PEOPLE_HEADINGS,
        person_row(email="tu@example.vn", phone="0912", post="Trưởng ban", department="PT",
                   **{"from": START, "until": "31/12/2026", "roles": "Officer, Head of department"}),
        person_row("A2", "Hà Thị Nga", "nga", work="no"),
    )  # fmt: skip
    result = people.run(file, cast.province, commit=True)
    assert sentences(result) == []
    assert (result.created, result.committed) == (2, True)
    assert result.notes == [
        "New people have no password yet. They choose one through “Forgot password?” on the sign-in page.",
        "1 new person has no e-mail address: the administrator has to set the password.",
    ]
    tu, nga = User.objects.get(username="tu"), User.objects.get(username="nga")
    assert (tu.full_name, tu.email, tu.phone, tu.post, tu.movement_work) == (
        "Hà Văn Tú", "tu@example.vn", "0912", "Trưởng ban", True,
    )  # fmt: skip
    assert not tu.has_usable_password()
    assert not nga.movement_work
    membership = tu.memberships.get()
    assert (membership.department, membership.valid_from, membership.valid_to) == (
        cast.movement, date(2026, 1, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert set(tu.grants.values_list("role", "department")) == {
        (Role.OFFICER, None),
        (Role.HEAD, cast.movement.pk),
    }
    assert not nga.memberships.exists()


def test_the_same_people_again_change_nothing(cast):
    file = book(PEOPLE_HEADINGS, person_row(department="pt", **{"from": START, "roles": "officer"}))
    people.run(file, cast.province, commit=True)
    again = people.run(file, cast.province, commit=True)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    assert Membership.objects.filter(user__username="tu").count() == 1
    assert RoleGrant.objects.filter(user__username="tu").count() == 1


def test_a_person_is_updated_by_code_and_keeps_the_password(cast):
    people.run(book(PEOPLE_HEADINGS, person_row()), cast.province, commit=True)
    user = User.objects.get(username="tu")
    user.set_password("mot-mat-khau-moi")
    user.save()
    result = people.run(
        book(PEOPLE_HEADINGS, person_row("a1", "Hà Văn Tuấn", "tuan")), cast.province, commit=True
    )
    assert (result.created, result.updated) == (0, 1)
    user.refresh_from_db()
    assert (user.full_name, user.username) == ("Hà Văn Tuấn", "tuan")
    assert user.check_password("mot-mat-khau-moi")


def test_an_earlier_first_day_is_taken_over_and_a_later_one_is_not(cast):
    for first in (START, "01/09/2025", "01/06/2026"):
        row = person_row(email="Tu@Example.VN", department="pt", **{"from": first, "roles": "head"})
        result = people.run(book(PEOPLE_HEADINGS, row), cast.province, commit=True)
        assert sentences(result) == []
    assert result.unchanged == 1
    user = User.objects.get(username="tu")
    assert user.memberships.get().valid_from == date(2025, 9, 1)
    assert user.grants.get().valid_from == date(2025, 9, 1)


def test_a_new_department_ends_the_earlier_one_and_the_roles_held_there(cast):
    first = person_row(department="pt", **{"from": START, "roles": "officer, head"})
    people.run(book(PEOPLE_HEADINGS, first), cast.province, commit=True)
    second = person_row(department="xdd", **{"from": "01/07/2026", "roles": "deputy"})
    result = people.run(book(PEOPLE_HEADINGS, second), cast.province, commit=True)
    assert result.notes == ["Hà Văn Tú leaves Ban Phong trào on 30/06/2026, with the roles held there."]
    places = Membership.objects.filter(user__username="tu").order_by("valid_from")
    assert list(places.values_list("department__code", "valid_from", "valid_to")) == [
        ("pt", date(2026, 1, 1), date(2026, 6, 30)),
        ("xdd", date(2026, 7, 1), None),
    ]
    grants = RoleGrant.objects.filter(user__username="tu")
    assert set(grants.values_list("role", "valid_to")) == {
        ("officer", None), ("head", date(2026, 6, 30)), ("deputy", None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "where", "says"),
    [
        (person_row(username="AN"), "User name", "already has this user name"),
        (person_row(username="hai nam"), "User name", "valid username"),
        (person_row(email="AN@example.vn"), "E-mail", "already signs in with this e-mail"),
        (person_row(email="khong"), "E-mail", "valid email"),
        (person_row(username="x" * 10_000), "User name", "at most 150 characters"),
        (person_row(phone=912345678), "Phone", "leading zero"),
        (person_row(work="maybe"), "Movement work", "“maybe” is not one of: yes, no."),
        (
            person_row(department="khac", **{"from": START}),
            "Department (code)",
            "no department with the code “khac”",
        ),
        (person_row(department="pt"), "From", "Enter the first day"),
        (person_row(**{"from": START, "roles": "head"}), "Department (code)", "held in a department"),
        (person_row(**{"from": START, "roles": "central"}), "Roles", "“central” is not one of"),
        (person_row(**{"from": START, "until": "01/01/2025"}), "Until", "cannot be before the first"),
    ],
)
def test_a_wrong_person_is_named_and_nobody_comes_in(cast, row, where, says):
    before = User.objects.count()
    good = person_row("B1", "Lò Văn Chính", "chinh")
    result = people.run(book(PEOPLE_HEADINGS, good, row), cast.province, commit=True)
    assert [(r, heading) for r, heading, _ in sentences(result)] == [(3, where)]
    assert says in result.errors[0].sentence
    assert User.objects.count() == before


def test_a_user_name_twice_in_the_file_is_an_error_on_the_second_row(cast):
    result = people.run(book(PEOPLE_HEADINGS, person_row(), person_row("A2")), cast.province, commit=True)
    assert sentences(result) == [(3, "User name", "“tu” stands in row 2 already.")]


def me_as(cast, roles, code="QT-1"):
    User.objects.filter(pk=cast.administrator.pk).update(code=code)
    return book(
        PEOPLE_HEADINGS,
        (code, "Lý Văn Phúc", "phuc", "phuc@example.vn", "", "", "", "", START, "", roles),
    )


def test_an_administrator_gives_themselves_no_role_with_a_list_either(cast):
    for roles in ("committee", "officer, executive"):
        result = people.run(me_as(cast, roles), cast.province, commit=True, by=cast.administrator)
        assert [str(e).count("Nobody gives themselves a role") for e in result.errors] == [1]
    assert [g.role for g in cast.administrator.grants.all()] == [Role.ADMINISTRATOR]
    assert people.run(me_as(cast, "officer"), cast.province, commit=True, by=cast.administrator).committed
    # whoever sits at the server makes the first administrator
    assert people.run(me_as(cast, "committee"), cast.province, commit=True).committed


def test_an_address_a_list_takes_back_neither_signs_in_nor_gets_links(cast):
    User.objects.filter(pk=cast.officer.pk).update(code="CB-1")
    EmailAddress.objects.create(user=cast.officer, email="an@example.vn", primary=True, verified=True)
    row = ("CB-1", "Nguyễn Văn An", "an", "an.moi@example.vn", "", "", "", "", None, "", "")
    assert people.run(book(PEOPLE_HEADINGS, row), cast.province, commit=True).committed
    assert User.objects.get(pk=cast.officer.pk).email == "an.moi@example.vn"
    assert not EmailAddress.objects.filter(email="an@example.vn").exists()
