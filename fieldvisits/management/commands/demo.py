"""Demonstration data: two provinces as the sources describe them, with invented people."""

from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import clock
from accounts.models import Province, Role, RoleGrant
from fieldvisits.demo.build import PROVINCES, build
from fieldvisits.demo.people import PASSWORD


class Command(BaseCommand):
    help = "Make the demonstration data; a second run changes nothing."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, quietly, where any province exists"
        )
        parser.add_argument(
            "--force", action="store_true", help="also in a database that holds other provinces"
        )
        parser.add_argument("--who", action="store_true", help="only print who signs in how")

    def handle(self, *, if_empty, force, who, **options):
        if who:
            return self.print_people()
        slugs = {data.SLUG for data in PROVINCES}
        present = set(Province.objects.values_list("slug", flat=True))
        if if_empty and present:
            return None
        if slugs <= present:
            self.stdout.write("The demonstration data is there already; nothing was changed.")
            return None
        if present & slugs:
            raise CommandError(
                "Only a part of the demonstration's provinces exists: this is not a database of the demonstration."
            )
        if present and not force:
            raise CommandError(
                "This database holds other provinces. The demonstration belongs in an empty one; "
                "with --force it is added beside them."
            )
        began = monotonic()
        self.stdout.write(
            "Demonstration data: every state is reached by its real transitions, on its own day."
        )
        with clock.at(timezone.now()):
            build(lambda line: self.stdout.write(f"  {monotonic() - began:4.0f} s  {line}"))
        self.stdout.write(
            "Done. People are invented. Document numbers, decision dates and days of visits come from no source: "
            "they are sample data (số liệu mẫu)."
        )
        return None

    def print_people(self):
        """One line per role and province: whoever holds fewest other roles shows the role best."""
        today = clock.today()
        grants = RoleGrant.objects.on(today).select_related("user", "province").order_by("province", "user")
        roles_of = {}
        for grant in grants:
            roles_of.setdefault(grant.user, []).append(grant.get_role_display())
        shown = {}
        for grant in grants:
            key = (grant.province, grant.role)
            best = shown.get(key)
            if best is None or len(roles_of[grant.user]) < len(roles_of[best]):
                shown[key] = grant.user
        if not shown:
            raise CommandError("There is nobody yet. Run the command demo first.")
        order = list(Role)
        self.stdout.write(f"Sign in with the password {PASSWORD} as:")
        for (province, role), user in sorted(
            shown.items(), key=lambda row: (row[0][0] is None, str(row[0][0] or ""), order.index(row[0][1]))
        ):
            self.stdout.write(
                f"  {user.username:16} {user.full_name:24} {Role(role).label!s:24} {province or 'Trung ương Đoàn'}"
            )
