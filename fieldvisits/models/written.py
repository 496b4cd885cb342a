"""Reports that are typed: their texts save themselves while they are drafts."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.powers import Powers

from .base import NotNow, Stale, Stateful


class Written(Stateful):
    """A report with ``texts`` (names of its columns) that are kept as they are typed; ``revision`` counts the saves."""

    texts: tuple[str, ...] = ()
    #: States in which its author may still write.
    writable: tuple[str, ...] = ("draft", "returned")
    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def is_editable(self) -> bool:
        return self.state in self.writable  # type: ignore[attr-defined]

    def may_be_written_by(self, powers: Powers) -> bool:
        raise NotImplementedError

    @transaction.atomic
    def write(self, *, by: Powers, revision: int | None = None, **typed: str) -> None:
        """Keep what is typed so far. PermissionDenied unless theirs; NotNow once it is sent; Stale when another window saved."""
        self._lock()
        if not self.may_be_written_by(by):
            raise PermissionDenied(_("Your role does not allow this."))
        if not self.is_editable:
            raise NotNow(
                _("The report is “%(state)s” and cannot be changed. Withdraw it first.")
                % {"state": self.current.label}
            )
        if revision is not None and revision != self.revision:
            raise Stale(_("This report was changed in another window meanwhile. Please load the page again."))
        for name, value in typed.items():
            if name not in self.texts:
                raise TypeError(f"the report has no {name} to write")
            setattr(self, name, value)
        self.full_clean()
        self.revision += 1
        self.save()
