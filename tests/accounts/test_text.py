"""Text on its way into the database."""

import unicodedata

import pytest

from accounts.text import clean


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Định Hóa ", "Định Hóa"),
        (unicodedata.normalize("NFD", "Định Hóa"), "Định Hóa"),
        ("a\x00b\x0bc\x7fd", "abcd"),
        ("\u200ba\u202eb\ufeff", "ab"),
        ("một\nhai\tba", "một\nhai\tba"),
        ("a\u00a0b\u00a0", "a\u00a0b"),
        ("\u00ad", "\u00ad"),
        ("", ""),
    ],
)
def test_it_is_composed_printable_and_trimmed(typed, kept):
    assert clean(typed) == kept


def test_no_character_slips_through_because_it_looks_printable():
    """Printable text in composed form is kept as it is, without being searched: nothing that is removed may look so."""
    removed = [
        *range(0x09),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        0x7F,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        0xFEFF,
    ]
    assert [code for code in removed if chr(code).isprintable()] == []
