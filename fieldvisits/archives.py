"""Zip archives, which is what Office files are: judged by their directory, before anything is unpacked.

Shared by lists that are imported (workbooks.py) and evidence that is attached (evidence.py); each has its own limits.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import SEEK_CUR, BytesIO

#: A content above ``EASY_UNPACKED`` bytes may be at most ``MOST_RATIO`` times as large as the file that holds it.
EASY_UNPACKED = 20_000_000
MOST_RATIO = 100

_ENTRY = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
_STEP = 65_536


class Damaged(Exception):
    """Not a zip archive, or not a whole one."""


class TooLarge(Exception):
    """Too many parts, or too much once unpacked."""


def ends_as_zip(data: bytes) -> bool:
    """Whether ``data`` can be opened as a zip archive: those are read from their end, whatever they begin with."""
    tail = data[-(_END_SIZE + _LONGEST_COMMENT) :]
    found = tail.rfind(_END)
    while found >= 0:
        rest = len(tail) - found - _END_SIZE
        if rest >= 0 and int.from_bytes(tail[found + 20 : found + _END_SIZE], "little") == rest:
            return True
        found = tail.rfind(_END, 0, found)
    return False


def open_zip(data: bytes, *, most_parts: int, most_unpacked: int) -> zipfile.ZipFile:
    """The archive with its directory read and nothing unpacked; ``most_unpacked`` in bytes. Damaged, TooLarge.

    Here a part never unpacks to more than the directory says, because zipfile stops there; other programs do not
    (``refuse_false_sizes``).
    """
    if not ends_as_zip(data):
        raise Damaged
    # counted in the file itself, since the number written at its end can lie, and each entry costs memory to read
    if data.count(_ENTRY) > most_parts:
        raise TooLarge
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (
        Exception
    ) as error:  # zipfile lets what it meets through: odd offsets, unknown versions, broken names …
        raise Damaged from error
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > most_unpacked or unpacked > max(EASY_UNPACKED, MOST_RATIO * len(data)):
        raise TooLarge
    return archive


def refuse_false_sizes(archive: zipfile.ZipFile, data: bytes) -> None:
    """TooLarge when a part unpacks to more than the directory says, Damaged when to less or not at all.

    For archives (of ``data``) that are handed on: whoever opens them may unpack what is there, not what is said of it. Nothing is kept of
    what is unpacked, and of each part no more than it claims, so ``open_zip`` bounds the work too.
    """
    for part in archive.infolist():
        unpacked = 0
        for size in _sizes(data, part):
            unpacked += size
            if unpacked > part.file_size:
                raise TooLarge
        if unpacked < part.file_size:
            raise Damaged


def _sizes(data: bytes, part: zipfile.ZipInfo) -> Iterator[int]:
    """How many bytes come out of ``part``, piece by piece, until its own end."""
    file = BytesIO(data)
    file.seek(part.header_offset)
    local = file.read(_LOCAL_SIZE)
    if len(local) < _LOCAL_SIZE or not local.startswith(_LOCAL):
        raise Damaged
    file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), SEEK_CUR)
    packed = file.read(part.compress_size)
    if part.compress_type == zipfile.ZIP_STORED:
        yield len(packed)
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while not inflating.eof:
                piece = inflating.decompress(packed, _STEP)
                packed = inflating.unconsumed_tail
                if not piece and not packed:
                    return
                yield len(piece)
        except zlib.error as error:
            raise Damaged from error
    else:  # no Office program writes another
        raise Damaged
