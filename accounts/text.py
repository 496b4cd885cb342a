"""Vietnamese text on its way into the database: one form, findable without accents, sorted by given name."""

import re
import unicodedata
from typing import Any

from django.db import models
from django.utils.translation import ngettext

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff]")


def clean(text: str) -> str:
    """``text`` in composed form (NFC), without control and invisible direction characters, trimmed."""
    # nearly all text is clean already, which is much cheaper to see than to make it so
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()
    return _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()


def too_long(text: str, most: int) -> str | None:
    """The sentence for a text of more than ``most`` characters."""
    if len(text) <= most:
        return None
    sentence = ngettext(
        "%(length)d characters are too many: at most %(most)d.",
        "%(length)d characters are too many: at most %(most)d.",
        len(text),
    )
    return sentence % {"length": len(text), "most": most}


def fold(text: str) -> str:
    """``text`` as one searches for it: lower case, no marks, đ as d ("Định Hóa" → "dinh hoa")."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(bare.replace("đ", "d").replace("Đ", "D").casefold().split())


def given_name_key(full_name: str) -> str:
    """Sorting key of a Vietnamese name, which is written family–middle–given but sorted by given name."""
    family, _, given = fold(full_name).rpartition(" ")
    return f"{given} {family}".strip()


class _Clean:
    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        return clean(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value


class CleanCharField(_Clean, models.CharField):
    """A CharField that stores composed, printable text whatever keyboard it came from."""


class CleanTextField(_Clean, models.TextField):
    """A TextField that stores composed, printable text whatever keyboard it came from."""


class _DerivedField(models.CharField):
    """A stored column computed from another field at each save; the same on both databases."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        self.source = source
        kwargs |= {"editable": False, "blank": True, "default": ""}
        kwargs.setdefault("max_length", 300)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        return name, path, [self.source], kwargs

    def derive(self, text: str) -> str:
        raise NotImplementedError  # pragma: no cover

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive(getattr(model_instance, self.source) or "")[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class FoldedField(_DerivedField):
    """``source`` without case and accents, for search."""

    def derive(self, text: str) -> str:
        return fold(text)


class GivenNameField(_DerivedField):
    """``source`` as a sorting key by given name."""

    def derive(self, text: str) -> str:
        return given_name_key(text)
