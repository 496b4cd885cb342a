"""Evidence of a result: what may be attached, who may fetch it, and that disk and database never part."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from openpyxl import Workbook
from PIL import Image

from fieldvisits.evidence import MOST_BYTES, MOST_FILES
from fieldvisits.models import Attachment, NotNow
from tests.factories import make_result

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def disk(tmp_path, settings):
    """An empty folder for what is attached."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def kept(disk):
    """The files on the disk."""
    return [path for path in Path(disk).rglob("*") if path.is_file()]


@pytest.fixture
def page(cast, sign_in, english, now):
    """``page(user)`` on 25 January 2026, in English."""
    now.move_to(datetime(2026, 1, 25, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    return sign_in


def photo(name="ảnh hội nghị.jpg", colour="red", kind="JPEG"):
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(stream, kind)
    return SimpleUploadedFile(name, stream.getvalue(), "image/jpeg")


def workbook(name="danh sách.xlsx"):
    stream = io.BytesIO()
    Workbook().save(stream)
    return SimpleUploadedFile(name, stream.getvalue())


def send(client, result, *files, **more):
    return client.post(reverse("attachment-add", args=[result.pk]), {"files": list(files)}, **more)


def test_photos_and_documents_are_kept_under_random_names(cast, page, disk):
    result = make_result(cast)
    answer = send(page(cast.officer), result, photo(), workbook())
    assert (answer.status_code, answer.url) == (302, f"/results/{result.pk}/#files")
    one, two = Attachment.objects.order_by("pk")
    assert (one.name, one.mime, one.uploaded_by) == ("ảnh hội nghị.jpg", "image/jpeg", cast.officer)
    assert (two.name, two.size) == ("danh sách.xlsx", len(two.file.read()))
    assert len(kept(disk)) == 2
    assert not any("nghị" in str(path) or "sách" in str(path) for path in kept(disk))
    assert Path(settings.STATIC_ROOT) not in Path(one.file.path).parents


def test_a_page_with_scripts_gets_the_list_back(cast, page):
    result = make_result(cast)
    answer = send(page(cast.officer), result, photo(), **HX)
    assert (answer.status_code, answer.json()["problems"]) == (200, [])
    assert "ảnh hội nghị.jpg" in answer.json()["html"]


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\0" * 50_000_000)
        for n in range(5):
            archive.writestr(f"word/media/{n}.bin", b"\0" * 50_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("ảnh.jpg", b"<script>alert(1)</script>", "“ảnh.jpg” cannot be read as JPEG photo"),
        ("ảnh.jpg", photo(kind="PNG").read(), "“ảnh.jpg” is not what its name says"),
        ("trang.html", photo().read(), "By its content “trang.html” is: JPEG photo"),
        ("vector.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be attached"),
        ("chạy.exe", b"MZ" + b"\0" * 100, "cannot be attached"),
        ("rỗng.pdf", b"", "is empty"),
        ("to.pdf", b"%PDF-1.4" + b"0" * MOST_BYTES, "“to.pdf” is larger than 10 MB"),
        ("bom.docx", bomb(), "“bom.docx”"),
    ],
    ids=["script", "png-as-jpg", "jpg-as-html", "svg", "exe", "empty", "large", "zip-bomb"],
)
def test_a_lie_is_refused_with_a_sentence_and_nothing_is_kept(cast, page, disk, name, content, sentence):
    result = make_result(cast)
    client = page(cast.officer)
    answer = send(client, result, SimpleUploadedFile(name, content, "image/jpeg"), **HX)
    assert answer.status_code == 422
    assert sentence in answer.json()["problems"][0]
    plain = send(client, result, SimpleUploadedFile(name, content, "image/jpeg"))
    assert plain.status_code == 422
    assert not Attachment.objects.exists()
    assert kept(disk) == []


def test_200_megabytes_are_refused_before_they_are_read(cast, page, disk):
    result = make_result(cast)
    answer = page(cast.officer).post(
        reverse("attachment-add", args=[result.pk]), CONTENT_LENGTH=str(200 * 1024**2), **HX
    )
    assert answer.status_code == 413
    assert kept(disk) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\an\\ảnh.jpg", "ảnh.jpg"),
        ("a\u202egpj.exe.jpg", "agpj.exe.jpg"),
        ("x" * 300 + ".jpg", "x" * 146 + ".jpg"),
    ],
)
def test_path_names_and_tricks_leave_only_a_name(cast, page, disk, name, shown):
    result = make_result(cast)
    send(page(cast.officer), result, photo(name))
    assert Attachment.objects.get().name == shown
    assert all(disk in path.parents for path in kept(disk))


def test_the_same_file_twice_is_said_and_kept_once(cast, page, disk):
    result = make_result(cast)
    answer = send(page(cast.officer), result, photo(), photo("bản sao.jpg"), photo("khác.jpg", "blue"), **HX)
    assert answer.status_code == 422
    assert answer.json()["problems"] == ["“bản sao.jpg” is attached already."]
    assert Attachment.objects.count() == len(kept(disk)) == 2


def test_a_result_takes_so_many_files_and_no_more(cast, page, disk):
    result = make_result(cast)
    for n in range(MOST_FILES):
        result.attach(photo(f"{n}.jpg", (12 * n, 0, 0)), by=cast.officer.powers)
    answer = send(page(cast.officer), result, photo("thừa.jpg", "blue"), **HX)
    assert answer.json()["problems"] == ["“thừa.jpg” was not kept: a result takes at most 20 files."]
    assert len(kept(disk)) == 20


def test_no_file_at_all_is_said(cast, page):
    result = make_result(cast)
    answer = page(cast.officer).post(reverse("attachment-add", args=[result.pk]), {"files": "chữ"})
    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_a_reported_result_takes_no_file_and_gives_none_away(cast, page, disk):
    result = make_result(cast)
    made = result.attach(photo(), by=cast.officer.powers)
    client = page(cast.officer)
    result.perform("submit", by=cast.officer)
    assert send(client, result, photo("b.jpg", "blue"), **HX).status_code == 409
    assert client.post(reverse("attachment-remove", args=[made.pk])).status_code == 409
    assert Attachment.objects.count() == len(kept(disk)) == 1


# --- fetching -----------------------------------------------------------------------------------------------------------------


def test_a_photo_is_shown_and_can_do_nothing(cast, page):
    made = make_result(cast, state="draft").attach(photo(), by=cast.officer.powers)
    answer = page(cast.officer).get(made.get_absolute_url())
    assert b"".join(answer.streaming_content) == photo().read()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E1%BA%A3nh%20h")


def test_documents_are_downloaded(cast, page):
    made = make_result(cast).attach(workbook('a"b.xlsx'), by=cast.officer.powers)
    answer = page(cast.officer).get(made.get_absolute_url())
    assert answer["Content-Disposition"] == 'attachment; filename="a\\"b.xlsx"'
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    ("state", "readers"),
    [
        ("draft", {"officer"}),
        (
            "submitted",
            {"officer", "head", "deputy", "coordinator", "results_desk", "member", "second_member"},
        ),
        (
            "accepted",
            {
                "officer",
                "head",
                "deputy",
                "coordinator",
                "results_desk",
                "member",
                "second_member",
                "executive",
            },
        ),
    ],
)
def test_other_peoples_files_are_not_there(cast, page, state, readers):
    result = make_result(cast)
    made = result.attach(photo(), by=cast.officer.powers)
    page(cast.officer)
    if state != "draft":
        result.perform("submit", by=cast.officer)
    if state == "accepted":
        result.perform("accept", by=cast.head)
    for name, person in cast.people.items():
        status = page(person).get(made.get_absolute_url()).status_code
        assert status == (200 if name in readers else 404), name


def test_a_file_whose_disk_is_gone_is_not_found(cast, page, disk):
    made = make_result(cast).attach(photo(), by=cast.officer.powers)
    Path(made.file.path).unlink()
    assert page(cast.officer).get(made.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("head", 403), ("colleague", 404), ("stranger", 404)])
def test_nobody_else_removes_one(cast, page, who, status):
    result = make_result(cast)
    made = result.attach(photo(), by=cast.officer.powers)
    page(cast.officer)
    result.perform("submit", by=cast.officer)
    answer = page(getattr(cast, who)).post(reverse("attachment-remove", args=[made.pk]))
    assert answer.status_code == status
    assert Attachment.objects.exists()


# --- disk and database --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_removed_file_leaves_the_disk_only_when_that_is_certain(cast, disk):
    made = make_result(cast).attach(photo(), by=cast.officer.powers)
    with transaction.atomic():
        made.remove(by=cast.officer.powers)
        transaction.set_rollback(True)
    assert len(kept(disk)) == 1
    Attachment.objects.get().remove(by=cast.officer.powers)
    assert kept(disk) == []
    assert not Attachment.objects.exists()


def test_a_row_that_cannot_be_written_leaves_no_file_behind(cast, disk):
    result = make_result(cast)

    def broken(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "fieldvisits_attachment" in sql:
            raise DatabaseError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(broken), pytest.raises(DatabaseError):
        result.attach(photo(), by=cast.officer.powers)
    assert kept(disk) == []
    assert not Attachment.objects.exists()


def test_a_result_reported_meanwhile_takes_none(cast, page, disk):
    result = make_result(cast)
    page(cast.officer)
    type(result).objects.get().perform("submit", by=cast.officer)
    with pytest.raises(NotNow):
        result.attach(photo(), by=cast.officer.powers)
    assert kept(disk) == []
