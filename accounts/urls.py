"""Addresses of one's own account."""

urlpatterns = []
