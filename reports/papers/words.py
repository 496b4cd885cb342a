"""What the writers of official papers share: measures, words, who signs, and what a writer can write (domain section 6).

QĐ 367-QĐ/TWĐTN-VP and HD 29-HD/TWĐTN-VP of 2013. Lengths are millimetres.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Protocol

import segno
from django.utils.formats import number_format
from django.utils.translation import override

from accounts.text import clean, fold

TOP, BOTTOM, LEFT, RIGHT = 20, 20, 30, 20
SHORT, LONG = 210, 297
#: Least room of who issues a paper and of "ĐOÀN TNCS HỒ CHÍ MINH" beside it.
ISSUER, UNION = 87, 77

_NOT_XML = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_CITIES = {"ha noi", "ho chi minh", "hai phong", "da nang", "can tho", "hue"}


# --- Words ---------------------------------------------------------------------------------------------------------------


def printable(value: object) -> str:
    """``value`` as it is printed: dates d/m/Y, numbers the Vietnamese way, text as far as a Word file can hold it.

    Numbers are grouped (1.234,5), so a year is handed in as text.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    with override("vi"):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(number_format(value, use_l10n=True, force_grouping=True))
        text = str(value)
    return clean(_NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def is_city(province: str) -> bool:
    """Whether ``province`` is a centrally-run city, whose union is a Thành đoàn."""
    return fold(province).removeprefix("thanh pho ").removeprefix("tp. ").removeprefix("tp ") in _CITIES


def union_of(province: str) -> str:
    """The union at the level of a province in a sentence: "Tỉnh đoàn", "Thành đoàn"."""
    return "Thành đoàn" if is_city(province) else "Tỉnh đoàn"


def committee_of(province: str) -> str:
    """Who issues a province's papers: "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN"."""
    name = printable(province).upper()
    for prefix in ("THÀNH PHỐ ", "TP. ", "TP ", "TỈNH "):
        name = name.removeprefix(prefix)
    return f"BAN CHẤP HÀNH {'THÀNH PHỐ' if is_city(province) else 'TỈNH'} {name}"


def short_name(department: str) -> str:
    """A department's name without the union it belongs to: "Văn phòng Tỉnh đoàn" → "Văn phòng"."""
    return re.sub(r"\s+(tỉnh|thành)\s+đoàn$", "", printable(department), flags=re.IGNORECASE)


def initials(department: str) -> str:
    """A department in a paper's code: "Ban Tổ chức - Kiểm tra" → "TCKT", "Văn phòng" → "VP"."""
    words = re.findall(r"\w+", short_name(department))
    if len(words) > 1 and words[0].casefold() == "ban":
        words = words[1:]
    return "".join(word[0] for word in words).upper()


# --- Who signs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """The lines above the room for signature and stamp - the last of them the post - and the name below it."""

    lines: tuple[str, ...]
    name: str = ""
    hint: str = ""


def signed_by_committee(province: str, name: str = "", post: str = "BÍ THƯ") -> Signature:
    return Signature((f"TM. BAN THƯỜNG VỤ {union_of(province).upper()}", post.upper()), name)


def signed_by_head(department: str, name: str = "", deputy: bool = False) -> Signature:
    """A department's paper; a deputy signs for the head (KT.)."""
    head = "CHÁNH VĂN PHÒNG" if fold(department).startswith("van phong") else "TRƯỞNG BAN"
    return Signature((f"KT. {head}", f"PHÓ {head}") if deputy else (head,), name)


def signed_by_officer(role: str, name: str) -> Signature:
    """An officer's own paper: ``role`` says as what, "NGƯỜI ĐĂNG KÝ", "NGƯỜI BÁO CÁO"."""
    return Signature((role.upper(),), name, "(Ký, ghi rõ họ tên)")


# --- What is written ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, where its cells stand ("left", "center", "right").

    Neighbours of one ``group`` have this as a common heading above their own.
    """

    title: str
    share: float
    align: str = "left"
    group: str = ""


@dataclass(frozen=True)
class Section:
    """A row of a table that heads those below it, across the whole width: the officer whose visits follow."""

    text: str


Row = Sequence[object] | Section


def heading_rows(columns: Sequence[Column]) -> list[list[tuple[str, int, int]]]:
    """The heading of a table, row by row: (text, columns across, rows down); what another cell covers is ("", 0, 0)."""
    if not any(column.group for column in columns):
        return [[(column.title, 1, 1) for column in columns]]
    upper, lower = [], []
    for at, column in enumerate(columns):
        if not column.group:
            upper.append((column.title, 1, 2))
            lower.append(("", 0, 0))
            continue
        lower.append((column.title, 1, 1))
        if at and columns[at - 1].group == column.group:
            upper.append(("", 0, 0))
            continue
        across = next(
            (n for n, other in enumerate(columns[at:]) if other.group != column.group), len(columns) - at
        )
        upper.append((column.group, across, 1))
    return [upper, lower]


class Writer(Protocol):
    """What a paper is written with, from top to bottom, in Word (``form.Paper``) or Excel (``reports.xlsx.papers.Paper``).

    ``code`` is what follows the number ("BC/TĐTN-XDĐ"); without it the paper bears no number (an officer's own paper).
    ``department`` is named below the committee when the paper is the department's.
    """

    def __init__(
        self,
        province: str,
        code: str = "",
        *,
        department: str = "",
        number: str = "",
        day: date | None = None,
        landscape: bool = False,
    ) -> None: ...

    def subject(self, kind: str, about: str = "") -> None:
        """Type and subject, centred: "BÁO CÁO", "Kết quả đi công tác cơ sở năm 2021"."""

    def addressed_to(self, whom: str) -> None: ...

    def basis(self, documents: Iterable[str]) -> None:
        """The documents a paper rests on, a "Căn cứ" line each."""

    def heading(self, text: str, level: int = 1) -> None: ...

    def text(self, text: str, *, italic: bool = False, bold: bool = False) -> None:
        """Running text; a line break that was typed begins a new paragraph."""

    def items(self, lines: Iterable[str]) -> None: ...

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Row],
        *,
        total: Sequence[object] | None = None,
        size: float = 12,
    ) -> Any:
        """A table as wide as the text, its headings repeated on every page; ``total`` is a last row in bold."""

    def code_beside(self, link: str, lines: Sequence[str]) -> None:
        """The QR code of ``link``, beside it what it is for and the address itself."""

    def sign(self, right: Signature, *, left: Signature | None = None, receivers: Sequence[str] = ()) -> None:
        """Bottom of the paper; what ``text`` wrote last gets the sign that nothing follows, "./."."""

    def annex(self, title: str, about: str = "", *, landscape: bool = False, name: str = "") -> None:
        """A new page, in Excel a new sheet called ``name`` (else ``title``)."""

    def as_bytes(self) -> bytes: ...


def basis_lines(documents: Iterable[str]) -> list[str]:
    """The documents a paper rests on as its lines say them: "Căn cứ …;"."""
    found = []
    for text in filter(None, map(printable, documents)):
        line = text.rstrip(".;, ").removeprefix("- ")
        found.append(f"{line if line.casefold().startswith('căn cứ') else f'Căn cứ {line}'};")
    return found


def issuer_lines(province: str, code: str, department: str, number: str) -> list[tuple[str, bool]]:
    """The left of the header, (text, whether bold): committee, department, ***, number - open unless typed."""
    lines = [(committee_of(province), not department)]
    if department:
        lines.append((printable(department).upper(), True))
    lines.append(("***", False))
    if code:
        lines.append((f"Số: {printable(number) or '     '}-{printable(code)}", False))
    return lines


def place_and_day(province: str, day: date | None) -> str:
    when = f"ngày {day:%d} tháng {day:%m} năm {day.year}" if day else "ngày … tháng … năm …"
    return f"{printable(province)}, {when}"


def receiver_lines(receivers: Sequence[str]) -> list[str]:
    """Nơi nhận as printed, a line each."""
    marks = [";"] * (len(receivers) - 1) + ["."]
    return [f"- {printable(r).rstrip('.;')}{mark}" for r, mark in zip(receivers, marks, strict=True)]


def qr_png(link: str) -> bytes:
    """The QR code of ``link`` as a PNG, with the quiet zone scanners ask for, fine enough for print."""
    stream = BytesIO()
    segno.make(link, error="m", micro=False).save(stream, kind="png", scale=10, border=4)
    return stream.getvalue()


def property_text(text: str) -> str:
    """``text`` as a property of the document, which holds one line of at most 255 characters."""
    return " ".join(printable(text).split())[:255]
