"""Addresses of one's own account and of colleagues; signing in and out is allauth's."""

from django.urls import path

from . import views

urlpatterns = [
    path("account/", views.account, name="account-detail"),
    path("account/delegations/add/", views.delegation_add, name="delegation-add"),
    path("account/delegations/<int:pk>/end/", views.delegation_end, name="delegation-end"),
    path("people/<int:pk>/", views.person, name="person-detail"),
]
