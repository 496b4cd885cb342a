"""The site's addresses: what comes from libraries first, then each app's own."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language
from health_check.views import HealthCheckView

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    # one address of django.conf.urls.i18n, open so that the sign-in page has its language switch
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path(
        "health/",
        login_not_required(
            HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])
        ),
        name="health",
    ),
    path("", include("accounts.urls")),
]
