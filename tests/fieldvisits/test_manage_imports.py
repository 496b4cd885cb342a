"""Importing lists in the browser: tried first, errors by row and column, then all or nothing."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from accounts.models import Role, RoleGrant
from fieldvisits.imports import units as unit_list
from fieldvisits.models import HostUnit
from tests.cast import SINCE

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def admin(cast, sign_in):
    return sign_in(cast.administrator)


def workbook(*rows):
    book = load_workbook(BytesIO(unit_list.template()))
    sheet = book.worksheets[0]
    headings = {str(cell.value).rstrip(" *"): cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for heading, value in row.items():
            sheet.cell(number, headings[heading], value)
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("don-vi.xlsx", out.getvalue())


GOOD = {"Code": "by", "Name": "Đoàn xã Bình Yên", "Level": "commune", "Valid from": "01/01/2020"}


def test_a_list_is_tried_first_and_then_taken_over(cast, admin, in_english):
    assert admin.get("/manage/import/units/template/").content[:2] == b"PK"
    tried = admin.post("/manage/import/units/", {"file": workbook(GOOD)})
    assert tried.status_code == 302
    assert not HostUnit.objects.exists()
    result = admin.get(tried.url).context["result"]
    assert (result.created, result.errors, result.problem) == (1, [], "")
    assert not HostUnit.objects.exists()
    assert admin.post(tried.url + "confirm/").url == "/manage/units/"
    assert HostUnit.objects.get().province == cast.province
    assert admin.post(tried.url + "confirm/").url == "/manage/import/units/"
    assert HostUnit.objects.count() == 1


def test_errors_are_shown_by_row_and_column_and_marked_in_a_copy(cast, admin, in_english):
    wrong = GOOD | {"Code": "bx", "Level": "planet", "Valid from": "31/02/2020"}
    tried = admin.post("/manage/import/units/", {"file": workbook(GOOD, wrong)})
    page = admin.get(tried.url)
    assert [(e.row, e.heading.rstrip(" *")) for e in page.context["result"].errors] == [
        (3, "Level"),
        (3, "Valid from"),
    ]
    copy = load_workbook(BytesIO(admin.get(tried.url + "marked/").content))
    assert len(copy.sheetnames) == 2
    assert admin.post(tried.url + "confirm/").url == tried.url
    assert not HostUnit.objects.exists()


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_broken_file_is_refused_with_a_sentence(cast, admin, content):
    response = admin.post(
        "/manage/import/people/", {"file": SimpleUploadedFile("x.xlsx", content)}, follow=True
    )
    said = response.content.decode()
    assert "damaged" in said or "empty" in said


def test_a_huge_file_and_no_file_are_refused(cast, admin):
    huge = SimpleUploadedFile("x.xlsx", b"x" * 5_000_001)
    assert "larger than 5 MB" in admin.post("/manage/import/people/", {"file": huge}).content.decode()
    assert admin.post("/manage/import/people/", {}).context["form"].errors


def test_a_file_is_only_for_whoever_sent_it_and_for_a_while(cast, admin, sign_in, in_english):
    tried = admin.post("/manage/import/units/", {"file": workbook(GOOD)}).url
    RoleGrant.objects.create(
        user=cast.executive, role=Role.ADMINISTRATOR, province=cast.province, valid_from=SINCE
    )
    assert sign_in(cast.executive).get(tried).url == "/manage/import/units/"
    cache.clear()
    client = sign_in(cast.administrator)
    for path in ("", "marked/"):
        assert client.get(tried + path).url == "/manage/import/units/"
    assert client.post(tried + "confirm/").url == "/manage/import/units/"
    assert not HostUnit.objects.exists()
