"""Who signs in, what they do where, and the programs that may speak for an organization."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from cryoclinic.accounts.admin.scoped import SET_UP, ScopedAdmin, ScopedFilter
from cryoclinic.accounts.models import ApiClient, Membership, User

# Roles are memberships, so groups would mislead; tokens are secrets and nobody's to read.
for model in (Group, AccessToken, Grant, IDToken, RefreshToken, ApiClient):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):  # type: ignore[type-arg] # not subscriptable at run time
    """Members see with whom they work; only whoever runs the installation changes accounts."""

    organization_path = "memberships__organization"
    is_many_valued = True
    superusers_edit = True
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "last_name", "first_name", "is_active", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["username", "last_name", "first_name"]
    ordering = ["last_name", "first_name", "username"]
    filter_horizontal = []
    for_colleagues = ["username", "first_name", "last_name", "is_active"]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return no field about passwords and rights to those who only look somebody up."""
        if not request.user.is_superuser:
            return [(None, {"fields": self.for_colleagues})]
        if obj is None:
            return self.add_fieldsets
        names = ["username", "password", "first_name", "last_name", "email"]
        rights = ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]
        return [(None, {"fields": names}), ("Rights", {"fields": rights})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["last_login", "date_joined"] if request.user.is_superuser else self.for_colleagues

    def label_of(self, row: Model) -> str:
        return row.get_full_name() or row.username if isinstance(row, User) else str(row)


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    editors = SET_UP
    may_delete = True
    list_display = ["person", "role", "organization", "location", "active"]
    list_filter = ["role", ("organization", ScopedFilter), ("location", ScopedFilter), "active"]
    list_select_related = ["user", "organization", "location"]
    search_fields = ["user__username", "user__last_name", "user__first_name"]
    ordering = ["organization__name", "user__last_name", "id"]
    autocomplete_fields = ["user", "organization", "location"]

    @admin.display(description="Person", ordering="user__last_name")
    def person(self, row: Membership) -> str:
        return row.user.get_full_name() or row.user.username


@admin.register(ApiClient)
class ApiClientAdmin(ScopedAdmin):
    """The secret is shown once, while the client is being added; after that only its hash exists."""

    editors = SET_UP
    list_display = ["name", "organization", "client_id", "client_type", "authorization_grant_type", "created"]
    list_filter = [("organization", ScopedFilter), "authorization_grant_type"]
    list_select_related = ["organization"]
    search_fields = ["name", "client_id"]
    ordering = ["organization__name", "name"]
    autocomplete_fields = ["organization"]
    fields = [
        "name",
        "organization",
        "client_id",
        "client_type",
        "authorization_grant_type",
        "redirect_uris",
    ]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return self.fields if obj is not None else [*self.fields, "client_secret"]
