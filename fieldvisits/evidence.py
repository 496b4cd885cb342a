"""Evidence files of a visit's result (step 6): what a file is, judged by what it holds, and where it is kept.

Names and declared types are only claims. A file is taken when its content is of one of ``KINDS``, whole, within the limits,
without macros and without a password, and when its name agrees with that.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from accounts.clock import today

from . import workbooks
from .archives import Damaged, TooLarge, ends_as_zip, open_zip, refuse_false_sizes

#: Largest file, in bytes: 10 MB as computers show it, so that a file shown as 9.9 MB is taken.
MOST_BYTES = 10 * 1024 * 1024
#: Most files of one result.
MOST_FILES = 20
#: Most pixels of a photo. Far above what phones take by default, below what fills the memory once decoded.
MOST_PIXELS = 80_000_000
#: Most parts and most unpacked bytes of a Word document or workbook.
MOST_PARTS = 2_000
MOST_UNPACKED = 200_000_000
#: Most characters of a name that is shown.
MOST_NAME = 150

_MOST_SEGMENTS = 10_000
_MOST_CONTENT_TYPES = 1_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of file. ``extension`` is the one it is kept under, without a dot; ``also`` are other usual ones."""

    code: str
    mime: str
    extension: str
    is_image: bool
    label: str | Promise
    also: tuple[str, ...] = ()

    @property
    def extensions(self) -> tuple[str, ...]:
        return (self.extension, *self.also)


JPEG = Kind("jpeg", "image/jpeg", "jpg", True, gettext_lazy("JPEG photo"), ("jpeg", "jpe", "jfif"))
PNG = Kind("png", "image/png", "png", True, gettext_lazy("PNG picture"))
WEBP = Kind("webp", "image/webp", "webp", True, gettext_lazy("WebP picture"))
PDF = Kind("pdf", "application/pdf", "pdf", False, gettext_lazy("PDF document"))
DOCX = Kind(
    "docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docx",
    False,
    gettext_lazy("Word document (.docx)"),
)
XLSX = Kind("xlsx", workbooks.CONTENT_TYPE, "xlsx", False, gettext_lazy("Excel workbook (.xlsx)"))
KINDS = (JPEG, PNG, WEBP, PDF, DOCX, XLSX)

BY_CODE = {kind.code: kind for kind in KINDS}
_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}
#: For the ``accept`` of a file field; a phone that is offered these converts its own format to JPEG.
ACCEPT = ",".join([f".{extension}" for extension in _BY_EXTENSION] + [kind.mime for kind in KINDS])

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")  # not a stuffed byte, not a restart
_PDF_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_PDF_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:<<|\d{1,10}\s+\d{1,5}\s+R)")
_MAIN_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}


def inspect(file: Any) -> Kind:
    """The kind of ``file`` (anything with name, read, seek; left at its beginning) by its content.

    ValidationError with a sentence for whoever chose it, ``code`` one of: empty, size, kind, name, damaged, protected,
    macros, unpacked, pixels.
    """
    name = shown_name(getattr(file, "name", None) or "")
    file.seek(0)
    data = file.read(MOST_BYTES + 1)  # the size it declares is a claim too
    file.seek(0)
    if not data:
        raise _refusal("empty", _("The file “%(name)s” is empty."), name)
    if len(data) > MOST_BYTES:
        raise _refusal("size", _("“%(name)s” is larger than %(most)d MB."), name, most=MOST_BYTES // 1024**2)
    named = _BY_EXTENSION.get(_extension(name))
    kind = _kind_of(data, name, named)
    if kind is not named:
        raise _misnamed(name, named, kind)
    if kind.is_image:
        _check_picture(data, name, kind)
    elif kind is PDF:
        _check_pdf(data, name)
    if kind not in (DOCX, XLSX) and ends_as_zip(data):
        raise _damaged(name, kind)  # a second file is hidden behind the first
    return kind


def _kind_of(data: bytes, name: str, named: Kind | None) -> Kind:
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data, name, named)
    if data.startswith(_OLE):
        raise _refusal(
            "protected",
            _(
                "“%(name)s” is in the old Office format or protected by a password. "
                "Save it as .docx, .xlsx or PDF without a password and choose it again."
            ),
            name,
        )
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise _refusal(
            "kind", _("“%(name)s” is a photo in the HEIC format. Save it as JPEG and choose it again."), name
        )
    raise _unknown(name, named)


# --- Word and Excel -----------------------------------------------------------------------------------------------------


def _office_kind(data: bytes, name: str, named: Kind | None) -> Kind:
    try:
        with open_zip(data, most_parts=MOST_PARTS, most_unpacked=MOST_UNPACKED) as archive:
            kind = _kind_of_package(archive, name, named)
            refuse_false_sizes(archive, data)
            return kind
    except TooLarge as error:
        raise _refusal(
            "unpacked",
            _("“%(name)s” is far larger once unpacked than a document can be; it is not taken."),
            name,
        ) from error
    except Damaged as error:
        raise _unknown(name, named) from error


def _kind_of_package(archive: ZipFile, name: str, named: Kind | None) -> Kind:
    """What the package is by the names of its parts; only the small list of their types is unpacked."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise _protected(name)
    kinds = [kind for main, kind in _MAIN_PARTS.items() if main in names]
    # a name that stands there twice is read differently by different programs
    if len(kinds) != 1 or len(names) < len(parts) or "[Content_Types].xml" not in names:
        raise _unknown(name, named)
    types = archive.getinfo("[Content_Types].xml")
    if types.file_size > _MOST_CONTENT_TYPES:
        raise TooLarge
    try:
        declared = archive.read(types).lower()
    except Exception as error:  # a bad checksum, an unknown compression …
        raise Damaged from error
    if b"\0" in declared:  # UTF-16, which no Office program writes here: what it says would not be found
        raise Damaged
    if (
        b"vbaproject" in declared
        or b"macroenabled" in declared
        or any(part.lower().endswith("vbaproject.bin") for part in names)
    ):
        raise _refusal(
            "macros",
            _("“%(name)s” holds macros. Save it without them (.docx, .xlsx) and choose it again."),
            name,
        )
    return kinds[0]


# --- Photos and PDF -----------------------------------------------------------------------------------------------------


def _check_picture(data: bytes, name: str, kind: Kind) -> None:
    """Headers, checksums, the end of the picture, its size - and only then whether it can be decoded."""
    # Pillow's verify sees a missing end of a PNG only.
    whole = (
        kind is PNG
        or (kind is JPEG and _jpeg_is_whole(data))
        or (kind is WEBP and int.from_bytes(data[4:8], "little") + 8 <= len(data))
    )
    if not whole:
        raise _damaged(name, kind)
    try:
        with Image.open(BytesIO(data), formats=[kind.code.upper()]) as picture:
            width, height = picture.size
            picture.verify()
        if width * height > MOST_PIXELS:
            raise _too_many_pixels(name)
        with Image.open(BytesIO(data), formats=[kind.code.upper()]) as picture:
            picture.draft("L", (1, 1))  # of a JPEG all is read, and an eighth of its size kept in memory
            picture.load()
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name) from error
    except Exception as error:  # Pillow lets whatever its parsers meet through
        raise _damaged(name, kind) from error


def _jpeg_is_whole(data: bytes) -> bool:
    """Whether the picture's own end follows its data; thumbnails inside and what cameras append do not count."""
    position, has_data = 2, False
    for _segment in range(_MOST_SEGMENTS):
        marker = _JPEG_MARKER.search(data, position)
        if marker is None:
            return False
        code, position = marker[1][0], marker.end()
        if code == 0xD9:  # end of image
            return has_data
        if code in (0x01, 0xD8):  # these two have no length
            continue
        position += max(2, int.from_bytes(data[position : position + 2], "big"))
        has_data = has_data or code == 0xDA  # start of scan
    return False


def _check_pdf(data: bytes, name: str) -> None:
    end = _PDF_END.search(data, max(0, len(data) - 1_500))
    if end is None or int(end[1]) >= len(data):
        raise _damaged(name, PDF)
    if _PDF_ENCRYPTED.search(data):
        raise _protected(name)


# --- Refusals -----------------------------------------------------------------------------------------------------------


def _refusal(code: str, sentence: str, name: str, **params: Any) -> ValidationError:
    return ValidationError(sentence, code=code, params={"name": name, **params})


def _unknown(name: str, named: Kind | None) -> ValidationError:
    if named:
        return _damaged(name, named)
    sentence = _(
        "“%(name)s” cannot be attached: only photos (JPEG, PNG, WebP), PDF, Word (.docx) and Excel (.xlsx) can."
    )
    return _refusal("kind", sentence, name)


def _damaged(name: str, kind: Kind) -> ValidationError:
    sentence = _(
        "“%(name)s” cannot be read as %(kind)s: it is damaged or something else. Save it again and choose it once more."
    )
    return _refusal("damaged", sentence, name, kind=kind.label)


def _misnamed(name: str, named: Kind | None, kind: Kind) -> ValidationError:
    if named:
        sentence = _(
            "“%(name)s” is not what its name says. By its name: %(named)s; by its content: %(kind)s. "
            "Rename it so that it ends in .%(extension)s and choose it again."
        )
        return _refusal("name", sentence, name, named=named.label, kind=kind.label, extension=kind.extension)
    sentence = _(
        "By its content “%(name)s” is: %(kind)s. Rename it so that it ends in .%(extension)s and choose it again."
    )
    return _refusal("name", sentence, name, kind=kind.label, extension=kind.extension)


def _protected(name: str) -> ValidationError:
    sentence = _("“%(name)s” is protected by a password. Save it without one and choose it again.")
    return _refusal("protected", sentence, name)


def _too_many_pixels(name: str) -> ValidationError:
    sentence = _(
        "The photo “%(name)s” has more than %(most)d million pixels. Make it smaller and choose it again."
    )
    return _refusal("pixels", sentence, name, most=MOST_PIXELS // 1_000_000)


# --- Names and place ----------------------------------------------------------------------------------------------------


def shown_name(name: str) -> str:
    """``name`` as it may be shown and offered for download: the last part of a path, composed (NFC), one line, without
    control and direction characters, at most MOST_NAME characters, its ending kept."""
    last = re.split(r"[/\\]", name)[-1]
    # normalised again at the end: what is left out may have stood between a letter and its mark
    visible = "".join(
        " " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    tidy = unicodedata.normalize("NFC", " ".join(visible.split())).rstrip(". ")
    if not tidy:
        return _("file without a name")
    if len(tidy) <= MOST_NAME:
        return tidy
    stem, dot, extension = tidy.rpartition(".")
    if not dot or len(extension) > 10:
        return tidy[:MOST_NAME].rstrip(". ")
    return stem[: MOST_NAME - len(extension) - 1].rstrip(". ") + dot + extension


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def random_name(instance: Any, filename: str) -> str:
    """``upload_to``: evidence/<year>/<random>.<ext>. Of the person's name only a known ending is left, in its one form."""
    kind = _BY_EXTENSION.get(_extension(shown_name(filename)))
    return f"evidence/{today():%Y}/{secrets.token_hex(16)}.{kind.extension if kind else 'bin'}"


class EvidenceStorage(FileSystemStorage):
    """Below MEDIA_ROOT, readable by the site's own user only, and without addresses: a view checks who may read a file."""

    base_url = None

    def __init__(self) -> None:
        # not FILE_UPLOAD_PERMISSIONS, which would make the collected static files private too
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)
