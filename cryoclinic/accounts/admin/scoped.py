"""
The base of every admin class: rows of one's own organizations only, roles from memberships.

Django's permissions and groups play no part. A superuser sees everything; what is append-only stays so for them.
"""

from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.contrib.admin.filters import RelatedFieldListFilter
from django.db.models import Field, ForeignKey, ManyToManyField, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import User
from cryoclinic.accounts.scope import Scope, scope_of

SET_UP = frozenset({Role.ADMINISTRATOR})
PATIENT_FILES = frozenset({Role.SCHEDULER, Role.NURSE, Role.CLINICIAN})


def scope_in(request: HttpRequest) -> Scope:
    """Return what the signed-in person may see, read once per request."""
    known = getattr(request, "staff_scope", None)
    if isinstance(known, Scope):
        return known
    found = scope_of(member_in(request))
    setattr(request, "staff_scope", found)  # noqa: B010 # not an attribute the type knows
    return found


def member_in(request: HttpRequest) -> User:
    """
    Return who is signed in.

    :raises TypeError: if nobody is: the admin site lets nobody through without
    """
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in: the admin site lets nobody through without")
    return request.user


def pk_at(row: Model, path: str) -> int | None:
    """Return the key of what a lookup path such as `patient__organization` leads to; None where it breaks off."""
    if path == "pk":
        return int(row.pk)
    found: Any = row
    for name in path.split("__"):
        if found is None:
            return None
        found = getattr(found, name)
    return None if found is None else int(found.pk)


class Scoped:
    """
    Who may see and change rows of one kind.

    `organization_path` leads from a row to its organization; empty for what all organizations share, and None for
    what only superusers see. `location_path` leads to its location, where it has one: somebody of another location
    does not see it. What is set up for the whole organization is changed by those who belong to all of it. Nobody
    changes rows without `editors`, not even a superuser.
    """

    organization_path: ClassVar[str | None] = "organization"
    location_path: ClassVar[str | None] = None
    editors: ClassVar[frozenset[Role]] = frozenset()
    superusers_edit: ClassVar[bool] = False
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = False
    is_many_valued: ClassVar[bool] = False

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return those of the rows the signed-in person may see."""
        if request.user.is_superuser or self.organization_path == "":
            return rows if request.user.is_superuser or scope_in(request).memberships else rows.none()
        if self.organization_path is None:
            return rows.none()
        scope = scope_in(request)
        found = rows.filter(**{f"{self.organization_path}__in": scope.organization_ids})
        place = self.path_to_location
        if place is not None and scope.location_ids:
            found = found.filter(
                Q(**{f"{self.organization_path}__in": scope.whole_organization_ids})
                | Q(**{f"{place}__in": scope.location_ids})
                | Q(**{f"{place}__isnull": True})
            )
        return found.distinct() if self.is_many_valued else found

    @property
    def path_to_location(self) -> str | None:
        """The lookup path from a row to its location; None where rows have none."""
        path = self.organization_path or ""
        if self.location_path is None and path.endswith("location__organization"):
            return path.removesuffix("__organization")
        return self.location_path

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if request.user.is_superuser:
            return True
        return self.organization_path is not None and bool(scope_in(request).memberships)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_add and self._may_write(request, None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and self._may_write(request, obj)

    def _may_write(self, request: HttpRequest, row: Model | None) -> bool:
        if not self.editors and not self.superusers_edit:
            return False
        if request.user.is_superuser or not self.editors:
            return bool(request.user.is_superuser)
        return self._holds_editing_role(scope_in(request), row)

    def _holds_editing_role(self, scope: Scope, row: Model | None) -> bool:
        path, place = self.organization_path, self.path_to_location
        for_all = place is None and self.editors == SET_UP
        if not path:
            return False
        if row is None or row.pk is None:
            held = scope.whole_organizations_with if for_all else scope.organizations_with
            return bool(held(self.editors))
        organization_id = pk_at(row, path)
        if place is None and not for_all:
            return organization_id in scope.organizations_with(self.editors)
        location_id = None if place is None else pk_at(row, place)
        return scope.holds(self.editors, organization_id=organization_id, location_id=location_id)

    def label_of(self, row: Model) -> str:
        """Return what a row is called in choices."""
        return str(row)


class ScopedFields:
    """Choices of a form, limited to what the signed-in person may see."""

    admin_site: AdminSite

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        related = related_admin(db_field, self.admin_site)
        if related is not None:
            kwargs["queryset"] = related.get_queryset(request)
        return labelled(super().formfield_for_foreignkey(db_field, request, **kwargs), related)  # type: ignore[misc]

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        related = related_admin(db_field, self.admin_site)
        if related is not None:
            kwargs["queryset"] = related.get_queryset(request)
        return labelled(super().formfield_for_manytomany(db_field, request, **kwargs), related)  # type: ignore[misc]


def related_admin(field: "Field[Any, Any]", site: AdminSite) -> "ScopedAdmin | None":
    """Return the admin class of the model a field points to; None where it has none of ours."""
    model = field.related_model
    found = site.get_model_admin(model) if isinstance(model, type) and site.is_registered(model) else None
    return found if isinstance(found, ScopedAdmin) else None


def labelled(field: Any, related: "ScopedAdmin | None") -> Any:
    """Give a choice field the labels of the admin class it chooses from."""
    if related is not None and isinstance(field, ModelChoiceField):
        # The documented way is a subclass; the widget's choices look it up on the instance as well.
        field.label_from_instance = related.label_of  # type: ignore[assignment]
    return field


class ScopedAdmin(ScopedFields, Scoped, ModelAdmin):
    """The admin class of a model whose rows belong to an organization."""

    compressed_fields = True
    list_filter_sheet = False
    list_per_page = 50
    show_full_result_count = False
    actions_on_top = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return the organization too, once there is a row: it never changes hands."""
        found = list(super().get_readonly_fields(request, obj))
        return (
            [*found, "organization"]
            if obj is not None and self.organization_path == "organization"
            else found
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        if not self.may_delete:
            found.pop("delete_selected", None)
        return found


class ScopedInline(ScopedFields, Scoped, TabularInline):
    """Rows of a scoped row, on its page. They are seen and changed by whoever may see and change that row."""

    extra = 0
    may_delete = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request)

    def _may_write(self, request: HttpRequest, row: Model | None) -> bool:
        if request.user.is_superuser:
            return bool(self.editors)
        return bool(scope_in(request).organizations_with(self.editors))


class ScopedFilter(RelatedFieldListFilter):
    """A filter by a related row that offers only rows the signed-in person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        related = related_admin(field, model_admin.admin_site)
        if related is None:
            return []
        return [(str(row.pk), related.label_of(row)) for row in related.get_queryset(request)[:100]]
