"""People out of a workbook: accounts with their department and roles; changes to those whose staff code is known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import DEPARTMENT_ROLES, Department, Membership, Province, Role, RoleGrant, User

from ..workbooks import Source
from .base import Column, Importer, ImportResult, Row, shorten

#: Field of the account → column.
FIELDS = {
    "full_name": "full_name",
    "username": "username",
    "email": "email",
    "phone": "phone",
    "post": "post",
    "movement_work": "movement_work",
}
YES, NO = "yes", "no"


class PeopleImporter(Importer):
    title = gettext_lazy("People")
    columns = (
        Column(
            "code",
            gettext_lazy("Staff code"),
            gettext_lazy("Unique in the province. A row whose code is known changes that person."),
            required=True,
            kind="code",
        ),
        Column(
            "full_name",
            gettext_lazy("Full name"),
            gettext_lazy("Family name, middle name, given name."),
            required=True,
            width=28,
        ),
        Column(
            "username",
            gettext_lazy("User name"),
            gettext_lazy("For signing in: letters without accents, digits and . - _ only."),
            required=True,
            kind="code",
        ),
        Column(
            "email",
            gettext_lazy("E-mail"),
            gettext_lazy("The person chooses a password by e-mail; without one the administrator sets it."),
            width=30,
        ),
        Column("phone", gettext_lazy("Phone"), gettext_lazy("As text, with its leading zero."), kind="phone"),
        Column("post", gettext_lazy("Post"), gettext_lazy("As on papers: Trưởng ban, Chuyên viên."), width=28),
        Column(
            "movement_work",
            gettext_lazy("Movement work"),
            gettext_lazy("“no” for driver, accountant and clerk, who owe no days. Empty means yes."),
            kind="choice",
            choices=((YES, gettext_lazy("yes")), (NO, gettext_lazy("no"))),
            width=14,
        ),
        Column(
            "department",
            gettext_lazy("Department (code)"),
            gettext_lazy("Code of the department the person works in from the day “From”; empty: no change."),
            kind="code",
        ),
        Column(
            "valid_from",
            gettext_lazy("From"),
            gettext_lazy(
                "First day in the department and of the roles, as a date or day/month/year. For a department or role the "
                "person has already, an earlier day is taken over, a later one is not."
            ),
            kind="date",
            width=14,
        ),
        Column(
            "valid_to", gettext_lazy("Until"), gettext_lazy("Last day; empty until further notice."), kind="date", width=14
        ),
        Column(
            "roles",
            gettext_lazy("Roles"),
            gettext_lazy(
                "With commas between them. Roles of a department are held in the department of this row. Roles a person "
                "holds and that do not stand here are not taken away."
            ),
            kind="choices",
            choices=tuple((value, label) for value, label in Role.choices if value != Role.CENTRAL),
            width=34,
        ),
    )  # fmt: skip

    def __init__(self, province: Province, by: User | None = None) -> None:
        super().__init__(province)
        self.by = by
        self.departments = {d.code.casefold(): d for d in Department.objects.filter(province=province)}

    @classmethod
    def allowed(cls, column: Column, province: Province | None) -> list[str]:
        if column.key == "department" and province is not None:
            return list(
                Department.objects.filter(province=province).order_by("order").values_list("code", flat=True)
            )
        return super().allowed(column, province)

    def carry_out(self, rows: list[Row]) -> None:
        for key in ("code", "username", "email"):
            self.note_repeats(rows, key)
        codes = [row["code"] for row in rows if row["code"]]
        known = {u.code.casefold(): u for u in User.objects.filter(province=self.province).exclude(code="")}
        for row in rows:
            self._check(row)
        without_address = 0
        for row in rows:
            if row.broken or not codes:
                continue
            user = known.get(row["code"].casefold())
            is_new = user is None
            user = user or User(province=self.province, code=row["code"])
            changed = self._write_account(row, user, is_new)
            if changed is None:
                continue
            changed = self._write_place(row, user) or changed
            if is_new:
                self.result.created += 1
                without_address += not user.email
            else:
                self.result.updated += changed
                self.result.unchanged += not changed
        self._say_how_they_get_in(without_address)

    # -- checks ------------------------------------------------------------------------------------------------------

    def _check(self, row: Row) -> None:
        department = row["department"]
        if department and department.casefold() not in self.departments:
            self.fail(
                row,
                "department",
                _("The province has no department with the code “%(code)s”.") % {"code": shorten(department)},
            )
        first, last = row["valid_from"], row["valid_to"]
        if (department or row["roles"]) and not first and "valid_from" not in row.broken:
            self.fail(row, "valid_from", _("Enter the first day in the department or of the roles."))
        if first and last and last < first:
            self.fail(row, "valid_to", _("The last day cannot be before the first."))
        in_department = sorted(DEPARTMENT_ROLES & set(row["roles"] or ()))
        if in_department and not department:
            self.fail(row, "department", _("This role is held in a department: say which."))

    # -- the account -------------------------------------------------------------------------------------------------

    def _write_account(self, row: Row, user: User, is_new: bool) -> bool | None:
        """Whether the account changed; None when it could not be saved."""
        values: dict[str, Any] = {name: row[key] for name, key in FIELDS.items() if key in row}
        if "email" in values:
            values["email"] = User.objects.normalize_email(values["email"])
        if "movement_work" in values:
            values["movement_work"] = values["movement_work"] != NO
        changed = is_new
        for name, value in values.items():
            if getattr(user, name) != value:
                setattr(user, name, value)
                changed = True
        if not changed:
            return False
        if is_new:
            user.set_unusable_password()
        taken = User.objects.exclude(pk=user.pk)
        if taken.filter(username__iexact=user.username).exists():
            self.fail(row, "username", _("Somebody already has this user name."))
        if user.email and taken.filter(email__iexact=user.email).exists():
            self.fail(row, "email", _("Somebody already signs in with this e-mail address."))
        if row.broken:
            return None
        if not self.save(row, user, FIELDS | {"code": "code"}, exclude=["password"]):
            return None
        user.forget_other_addresses()
        return changed

    # -- department and roles ----------------------------------------------------------------------------------------

    def _write_place(self, row: Row, user: User) -> bool:
        """Whether the person's department or roles changed."""
        first, last = row["valid_from"], row["valid_to"]
        if first is None:
            return False
        department = self.departments.get((row["department"] or "").casefold())
        changed = bool(department) and self._write_membership(row, user, department, first, last)
        for role in row["roles"] or ():
            held_in = department if role in DEPARTMENT_ROLES else None
            changed = self._write_role(row, user, role, held_in, first, last) or changed
        return changed

    def _write_membership(
        self, row: Row, user: User, department: Department, first: date, last: date | None
    ) -> bool:
        same = user.memberships.filter(department=department).between(first, last or date.max).first()
        moved = False
        if same is None:
            moved = self._leave_earlier_department(user, first)
            same = Membership(user=user, department=department, valid_from=first)
        elif same.valid_to == last and same.valid_from <= first:
            return False
        same.valid_from, same.valid_to = min(same.valid_from, first), last
        return self.save(row, same, {"valid_from": "valid_from", "valid_to": "valid_to", "department": "department"}) or moved  # fmt: skip

    def _leave_earlier_department(self, user: User, first: date) -> bool:
        """Whoever comes into another department leaves the earlier one the day before, with the roles held there."""
        eve = first - timedelta(days=1)
        earlier = user.memberships.filter(valid_from__lt=first).filter(_open_on(first)).first()
        if earlier is None:
            return False
        earlier.leave(eve)
        self.result.notes.append(
            _("%(person)s leaves %(department)s on %(day)s, with the roles held there.")
            % {"person": user, "department": earlier.department, "day": eve.strftime("%d/%m/%Y")}
        )
        return True

    def _write_role(
        self, row: Row, user: User, role: str, department: Department | None, first: date, last: date | None
    ) -> bool:
        grant = (
            RoleGrant.objects.filter(user=user, role=role, province=self.province, department=department)
            .between(first, last or date.max)
            .first()
        )
        if grant is None:
            grant = RoleGrant(
                user=user, role=role, province=self.province, department=department, valid_from=first
            )
        elif grant.valid_to == last and grant.valid_from <= first:
            return False
        if user == self.by and role != Role.OFFICER:
            self.fail(row, "roles", _("Nobody gives themselves a role. Another administrator can."))
            return False
        grant.valid_from, grant.valid_to = min(grant.valid_from, first), last
        names = dict.fromkeys(("role", "province"), "roles") | {"department": "department"}
        return self.save(row, grant, names | {"valid_from": "valid_from", "valid_to": "valid_to"})

    def _say_how_they_get_in(self, without_address: int) -> None:
        created = self.result.created
        if not created:
            return
        self.result.notes.append(
            _(
                "New people have no password yet. They choose one through “Forgot password?” on the sign-in page."
            )
        )
        if without_address:
            self.result.notes.append(
                ngettext(
                    "%(count)d new person has no e-mail address: the administrator has to set the password.",
                    "%(count)d new people have no e-mail address: the administrator has to set their passwords.",
                    without_address,
                )
                % {"count": without_address}
            )


def _open_on(day: date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=day)


def run(file: Source, province: Province, commit: bool = False, by: User | None = None) -> ImportResult:
    """Import people into ``province``; without ``commit`` everything is tried and undone.

    ``by`` is the administrator who does it in the browser: they give themselves no role.
    """
    return PeopleImporter(province, by).run(file, commit=commit)


def template(province: Province | None = None) -> bytes:
    """The empty workbook; with ``province`` it lists the codes of its departments."""
    return PeopleImporter.template(province)
