"""Pages by cursor: steady while rows are added, and of the same cost at any depth."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class ByCursor(CursorPagination):
    """Newest first unless the view names another `page_order`; `?page_size=` up to 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    page_size_query_description = "Entries on a page: 50 unless said otherwise, at most 200."
    max_page_size = 200

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """Return the fields to order by; the last of a view's `page_order` is unique."""
        return getattr(view, "page_order", None) or (self.ordering,)

    def decode_cursor(self, request: Request) -> Any:
        """
        Return the place in the list that the request names; None for its beginning.

        :raises ValidationError: if the cursor is not one that a page gave
        """
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise _unknown_cursor() from error

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """
        Return the page of a list that the request asks for.

        :raises ValidationError: if the cursor names a place that this list cannot have
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, DjangoValidationError) as error:
            raise _unknown_cursor() from error


def _unknown_cursor() -> ValidationError:
    text = "This cursor is not one of ours. Follow next or previous of a page, or start without one."
    return ValidationError({"cursor": [text]}, code="unknown_cursor")
