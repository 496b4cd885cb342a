"""Evidence files (step 6): genuine ones of every kind are taken, every lie is refused with a sentence that helps."""

import re
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.migrations.writer import MigrationWriter
from docx import Document
from openpyxl import Workbook
from PIL import Image

from accounts import clock
from fieldvisits import evidence

pytestmark = pytest.mark.usefixtures("in_english")

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="%s"/></Types>'
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


# --- Genuine files ------------------------------------------------------------------------------------------------------


def picture(kind, size=(64, 48), **options):
    stream = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(stream, kind, **options)
    return stream.getvalue()


def phone_photo():
    """With a thumbnail in its EXIF data, a second picture behind the first, as two-lens phones write it."""
    small = Image.effect_noise((32, 24), 90).convert("RGB")
    stream = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    small.resize((64, 48)).save(stream, "MPO", save_all=True, append_images=[small], exif=exif)
    return stream.getvalue()


def pdf(trailer="", after=""):
    body = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    )
    return (
        f"{body}xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 4{trailer}>>\n"
        f"startxref\n{len(body)}\n%%EOF\n{after}"
    ).encode()


def docx(photo=None):
    document = Document()
    document.add_paragraph("Biên bản làm việc")
    if photo:
        document.add_picture(BytesIO(photo))
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def xlsx():
    book = Workbook()
    book.active.append(["Đoàn viên", 31])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def package(parts, compression=zipfile.ZIP_DEFLATED):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return stream.getvalue()


def word_package(*more, types=TYPES % WORD):
    return package([("[Content_Types].xml", types), ("word/document.xml", "<w/>"), *more])


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("Ảnh hội nghị.jpg", lambda: picture("JPEG"), ("jpeg", "image/jpeg", "jpg", True)),
        ("IMG_0001.JPEG", lambda: picture("JPEG", progressive=True), ("jpeg", "image/jpeg", "jpg", True)),
        ("photo.jfif", phone_photo, ("jpeg", "image/jpeg", "jpg", True)),
        # what cameras append behind the picture (a short film) is theirs to know
        ("motion.jpg", lambda: picture("JPEG") + b"ftypmp42" * 99, ("jpeg", "image/jpeg", "jpg", True)),
        ("screen.png", lambda: picture("PNG"), ("png", "image/png", "png", True)),
        ("chat.webp", lambda: picture("WEBP"), ("webp", "image/webp", "webp", True)),
        ("chat.webp", lambda: picture("WEBP", lossless=True), ("webp", "image/webp", "webp", True)),
        ("minutes.pdf", pdf, ("pdf", "application/pdf", "pdf", False)),
        ("minutes.pdf", lambda: pdf(after="\n" * 99), ("pdf", "application/pdf", "pdf", False)),
        ("BIÊN BẢN.docx", docx, ("docx", evidence.DOCX.mime, "docx", False)),
        ("minutes.docx", lambda: docx(picture("JPEG")), ("docx", evidence.DOCX.mime, "docx", False)),
        ("list.xlsx", xlsx, ("xlsx", evidence.XLSX.mime, "xlsx", False)),
    ],
)
def test_a_genuine_file_is_taken_and_left_at_its_beginning(name, content, expected):
    data = content()
    file = SimpleUploadedFile(
        name, data, content_type="text/html"
    )  # what the browser declares does not count
    file.seek(7)
    kind = evidence.inspect(file)
    assert (kind.code, kind.mime, kind.extension, kind.is_image) == expected
    assert file.read() == data


def test_the_picker_offers_exactly_these():
    assert evidence.ACCEPT.startswith(".jpg,.jpeg,.jpe,.jfif,.png,.webp,.pdf,.docx,.xlsx,image/jpeg,")
    assert sorted(evidence.BY_CODE) == ["docx", "jpeg", "pdf", "png", "webp", "xlsx"]


# --- Lies ---------------------------------------------------------------------------------------------------------------


def zeros_in_a_docx():
    """42 MB of zeros in 42 kB."""
    return word_package(("word/media/image1.bin", b"\0" * 42_000_000))


def a_hundred_thousand_parts(*, admitted):
    """A directory of 100,000 entries for one part; the end says there are ``admitted``."""
    entry = (
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    )
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    directory = entry * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, admitted, admitted, len(directory), len(local), 0)
    return local + directory + end


def many_pixels():
    """A sound JPEG whose header claims 65,000 × 65,000 pixels, and a PNG of 10,000 × 9,000 in a few kB."""
    data = picture("JPEG")
    start = data.index(b"\xff\xc0")
    return data[: start + 5] + struct.pack(">HH", 65_000, 65_000) + data[start + 9 :]


def large_blank(kind):
    stream = BytesIO()
    Image.new("1" if kind == "PNG" else "L", (10_000, 9_000)).save(stream, kind)
    return stream.getvalue()


def encrypted_zip():
    data = bytearray(word_package())
    for sign, offset in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)]:
        for found in re.finditer(re.escape(sign), bytes(data)):
            data[found.start() + offset] |= 1
    return bytes(data)


def lying_directory():
    """A part of 30 MB of which the directory says that it has 100 bytes, and their checksum."""
    large = bytes(30_000_000)
    honest = word_package(("word/media.bin", large))
    said = struct.pack("<L", zlib.crc32(large)), struct.pack("<L", len(large))
    directory = honest.rindex(b"PK\x01\x02")
    small = struct.pack("<L", zlib.crc32(large[:100])), struct.pack("<L", 100)
    entry = honest[directory:]
    for old, new in zip(said, small, strict=True):
        entry = entry.replace(old, new)
    return honest[:directory] + entry


def png_without_picture(content=b""):
    """Valid chunks for 8000 × 8000 pixels, of which there are none, or too few."""

    def chunk(kind, body):
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", 8000, 8000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", content) + chunk(b"IEND", b"")


LIES = {
    "a PDF named .jpg": ("photo.jpg", pdf, "name", ["JPEG photo", "PDF document", ".pdf"]),
    "a photo named .pdf": ("scan.pdf", lambda: picture("JPEG"), "name", ["PDF document", "JPEG photo"]),
    "a PNG named .jpg": ("photo.jpg", lambda: picture("PNG"), "name", ["JPEG photo", "PNG picture"]),
    "a workbook named .docx": ("list.docx", xlsx, "name", ["Word document", "Excel workbook"]),
    "a document named .zip": ("list.zip", docx, "name", ["Word document (.docx)", "ends in .docx"]),
    "a photo without an ending": ("photo", lambda: picture("JPEG"), "name", ["JPEG photo", "ends in .jpg"]),
    "a photo named .exe behind a turned text": (
        "photo\u202egpj.exe",
        lambda: picture("JPEG"),
        "name",
        ["“photogpj.exe”", "ends in .jpg"],
    ),
    "a program named .jpg": ("photo.jpg", lambda: b"MZ\x90\0" * 99, "damaged", ["JPEG photo"]),
    "a program": ("setup.exe", lambda: b"MZ\x90\0" * 99, "kind", ["“setup.exe”", "PDF"]),
    "a page named .pdf": ("minutes.pdf", lambda: b"<html><script>", "damaged", ["PDF document"]),
    "a page with a PDF inside": ("minutes.pdf", lambda: b"<html>" + pdf(), "damaged", ["PDF document"]),
    "a page behind a PDF's first line": (
        "minutes.pdf",
        lambda: b"%PDF-1.7\n<script>",
        "damaged",
        ["PDF document"],
    ),
    "a drawing with scripts": ("photo.svg", lambda: b"<svg onload='x()'/>", "kind", ["“photo.svg”"]),
    "a drawing named .png": ("photo.png", lambda: b"<svg onload='x()'/>", "damaged", ["PNG picture"]),
    "a GIF": ("photo.gif", lambda: picture("GIF"), "kind", ["JPEG, PNG, WebP"]),
    "a photo of an iPhone": ("a.heic", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 99, "kind", ["HEIC", "JPEG"]),
    "a photo of an iPhone named .jpg": ("a.jpg", lambda: b"\0\0\0\x18ftypmif1" * 9, "kind", ["HEIC", "JPEG"]),
    "half a JPEG": ("photo.jpg", lambda: picture("JPEG")[:-300], "damaged", ["JPEG photo"]),
    "a JPEG without its end": ("photo.jpg", lambda: picture("JPEG")[:-2], "damaged", ["JPEG photo"]),
    "the head of a JPEG": ("photo.jpg", lambda: picture("JPEG")[:200], "damaged", ["JPEG photo"]),
    "a JPEG cut within a length": ("photo.jpg", lambda: b"\xff\xd8\xff\xe0\0", "damaged", ["JPEG photo"]),
    "a JPEG of nothing but remarks": (
        "photo.jpg",
        lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 2_000_000 + picture("JPEG")[2:],
        "damaged",
        ["JPEG photo"],
    ),
    "a JPEG that begins again and again": (
        "photo.jpg",
        lambda: b"\xff\xd8" * 1000 + b"\xff\xd9",
        "damaged",
        ["JPEG photo"],
    ),
    "nothing but fill bytes": (
        "photo.jpg",
        lambda: b"\xff\xd8" + b"\xff" * 3_000_000 + b"\0",
        "damaged",
        ["JPEG photo"],
    ),
    "half a PNG": ("screen.png", lambda: picture("PNG")[:-300], "damaged", ["PNG picture"]),
    "a PNG with another checksum": (
        "screen.png",
        lambda: picture("PNG").replace(b"IDAT", b"IDAT\0", 1),
        "damaged",
        ["PNG picture"],
    ),
    "half a WebP": ("chat.webp", lambda: picture("WEBP")[:-300], "damaged", ["WebP picture"]),
    "half a PDF": ("minutes.pdf", lambda: pdf()[:-30], "damaged", ["PDF document"]),
    "a PDF whose table lies behind its end": (
        "minutes.pdf",
        lambda: b"%PDF-1.4\nstartxref\n99999\n%%EOF",
        "damaged",
        ["PDF document"],
    ),
    "half a document": ("minutes.docx", lambda: docx()[:-300], "damaged", ["Word document"]),
    "an archive named .docx": ("minutes.docx", lambda: package([("a", "b")]), "damaged", ["Word document"]),
    "an archive": ("photos.zip", lambda: package([("a.jpg", "b")]), "kind", ["“photos.zip”"]),
    "a package that is both": (
        "minutes.docx",
        lambda: word_package(("xl/workbook.xml", "<x/>")),
        "damaged",
        ["Word document"],
    ),
    "a list of types in another writing": (
        "minutes.docx",
        lambda: word_package(types=(TYPES % "application/vnd.ms-office.vbaProject").encode("utf-16")),
        "damaged",
        ["Word document"],
    ),
    "a photo that is an archive too": (
        "photo.jpg",
        lambda: picture("JPEG") + package([("Main.class", "x")]),
        "damaged",
        ["JPEG photo"],
    ),
    "a PDF that is an archive too": (
        "minutes.pdf",
        lambda: pdf() + package([("Main.class", "x")]),
        "damaged",
        ["PDF document"],
    ),
    "a workbook with macros": (
        "list.xlsm",
        lambda: package(
            [("[Content_Types].xml", TYPES), ("xl/workbook.xml", "<x/>"), ("xl/vbaProject.bin", "x")]
        ),
        "macros",
        ["“list.xlsm”", "macros"],
    ),
    "macros under another name": (
        "minutes.docx",
        lambda: word_package(("word/a.bin", "x"), types=TYPES % "application/vnd.ms-office.vbaProject"),
        "macros",
        ["macros"],
    ),
    "macros by the type of the document": (
        "minutes.docx",
        lambda: word_package(types=TYPES % "application/vnd.ms-word.document.macroEnabled.main+xml"),
        "macros",
        ["macros"],
    ),
    "an old or locked document": (
        "minutes.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999,
        "protected",
        ["password", ".docx"],
    ),
    "a locked archive": ("minutes.docx", encrypted_zip, "protected", ["password"]),
    "a locked PDF": ("minutes.pdf", lambda: pdf("/Encrypt 9 0 R"), "protected", ["password"]),
    "42 MB of zeros": ("minutes.docx", zeros_in_a_docx, "unpacked", ["once unpacked"]),
    "30 MB that are said to be 100 bytes": ("minutes.docx", lying_directory, "unpacked", ["once unpacked"]),
    "a part that is shorter than it is said to be": (
        "minutes.docx",
        lambda: word_package(("word/a.xml", "x" * 99)).replace(struct.pack("<L", 99), struct.pack("<L", 999)),
        "damaged",
        ["Word document"],
    ),
    "a PNG without a picture": ("scan.png", png_without_picture, "damaged", ["PNG picture"]),
    "a PNG with half of its picture": (
        "scan.png",
        lambda: png_without_picture(zlib.compress(b"\0" * 99)),
        "damaged",
        ["PNG picture"],
    ),
    "a list of types without end": (
        "minutes.docx",
        lambda: word_package(types=" " * 1_000_001),
        "unpacked",
        ["once unpacked"],
    ),
    "100,000 parts": (
        "minutes.docx",
        lambda: a_hundred_thousand_parts(admitted=34_464),
        "unpacked",
        ["once unpacked"],
    ),
    "100,000 parts, admitting one": (
        "minutes.docx",
        lambda: a_hundred_thousand_parts(admitted=1),
        "unpacked",
        ["once unpacked"],
    ),
    "a claim of 4,225 million pixels": ("photo.jpg", many_pixels, "pixels", ["80 million pixels"]),
    "90 million black pixels": ("scan.png", lambda: large_blank("PNG"), "pixels", ["80 million pixels"]),
    "an empty file": ("photo.jpg", lambda: b"", "empty", ["is empty"]),
    "a byte too many": (
        "photo.jpg",
        lambda: picture("JPEG") + b"\0" * (10 * 1024 * 1024),
        "size",
        ["10 MB"],
    ),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("name", "content", "code", "words"), LIES.values(), ids=LIES)
def test_a_lie_is_refused_with_a_sentence(name, content, code, words):
    file = ContentFile(content(), name=name)
    with pytest.raises(ValidationError) as refused:
        evidence.inspect(file)
    (sentence,) = refused.value.messages
    assert refused.value.code == code
    assert [word for word in words if word not in sentence] == []
    assert "%(" not in sentence


def test_a_name_that_stands_twice_in_a_package_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = word_package(("word/document.xml", "<other/>"))
    with pytest.raises(ValidationError, match="cannot be read as Word document"):
        evidence.inspect(ContentFile(data, name="minutes.docx"))


def test_exactly_ten_megabytes_are_taken():
    data = picture("JPEG")
    data += b"\0" * (10 * 1024 * 1024 - len(data))
    assert evidence.inspect(ContentFile(data, name="photo.jpg")) is evidence.JPEG


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of what it could not read
@pytest.mark.parametrize(
    "make", [lambda: picture("JPEG"), lambda: picture("PNG"), pdf, docx, xlsx, phone_photo]
)
def test_whatever_happens_to_a_file_on_its_way_there_is_no_traceback(make):
    data = make()
    for cut in range(0, len(data), max(1, len(data) // 60)):
        for broken in (data[:cut], data[:cut] + b"\xff\0PK" + data[cut + 4 :], data[cut:] + data[:cut]):
            for name in ("a.jpg", "a.png", "a.pdf", "a.docx", "a.xlsx"):
                # whole after all, or a sentence
                with suppress(ValidationError):
                    evidence.inspect(ContentFile(broken, name=name))


# --- Names --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ảnh hội nghị.jpg", "Ảnh hội nghị.jpg"),
        ("A\u0309nh ho\u0323\u0302i nghi\u0323.jpg", "Ảnh hội nghị.jpg"),  # as a Mac writes it
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\An\\biên bản.docx", "biên bản.docx"),
        ("/srv/photo.jpg", "photo.jpg"),
        ("photo\0.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066photo\u2069\u200b\ufeff.jpg", "photo.jpg"),
        ("photo\r\nSet-Cookie: a=b.jpg", "photo Set-Cookie: a=b.jpg"),
        ("  photo \t 1 .jpg . ", "photo 1 .jpg"),
        ("photo\ud800.jpg", "photo.jpg"),
        ("<b>photo</b>.jpg", "b>.jpg"),
        ("a\u200d\u0323.jpg", "ạ.jpg"),
        ("", "file without a name"),
        ("..", "file without a name"),
        ("photos/", "file without a name"),
        ("á" * 200 + ".jpeg", "á" * 145 + ".jpeg"),
        ("a" * 200, "a" * 150),
        ("a." + "b" * 200, "a." + "b" * 148),
    ],
)
def test_a_name_is_shown_clean(name, shown):
    assert evidence.shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("Nguyễn Văn An.JPEG", "jpg"),
        ("minutes.docx", "docx"),
        ("../../x.pdf", "pdf"),
        ("setup.exe", "bin"),
        ("photo", "bin"),
        ("photo.jpg/../x.php", "bin"),
    ],
)
def test_a_file_is_kept_under_a_random_name_of_the_year(name, extension):
    with clock.at(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)):  # half past midnight in Viet Nam
        first, second = evidence.random_name(None, name), evidence.random_name(None, name)
    assert re.fullmatch(rf"evidence/2027/[0-9a-f]{{32}}\.{extension}", first)
    assert first != second


# --- Place --------------------------------------------------------------------------------------------------------------


def test_evidence_lies_below_the_media_folder_for_the_site_alone_and_has_no_address(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    storage = evidence.EvidenceStorage()
    kept = storage.save(evidence.random_name(None, "a.pdf"), ContentFile(pdf()))
    path = tmp_path / kept
    assert path.read_bytes() == pdf()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in list(path.parents)[:2]] == [0o700, 0o700]
    with pytest.raises(ValueError, match="not accessible via a URL"):
        storage.url(kept)


def test_a_file_that_came_in_on_disk_is_for_the_site_alone_too(settings, tmp_path):
    from django.core.files.uploadedfile import TemporaryUploadedFile

    settings.MEDIA_ROOT, settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "media", tmp_path
    with TemporaryUploadedFile("a.pdf", "application/pdf", 0, None) as file:
        file.write(pdf())
        assert evidence.inspect(file) is evidence.PDF
        storage = evidence.EvidenceStorage()
        kept = storage.path(storage.save("evidence/2026/a.pdf", file))
    assert stat.S_IMODE((tmp_path / kept).stat().st_mode) == 0o600


def test_migrations_name_the_storage_and_the_random_name():
    written, imports = MigrationWriter.serialize(evidence.EvidenceStorage())
    assert (written, imports) == ("fieldvisits.evidence.EvidenceStorage()", {"import fieldvisits.evidence"})
    assert MigrationWriter.serialize(evidence.random_name)[0] == "fieldvisits.evidence.random_name"
