"""Pages by cursor: steady while rows are added, and of the same cost at any depth."""

from rest_framework.pagination import CursorPagination


class ByCursor(CursorPagination):
    """Newest first unless a view says otherwise; `?page_size=` up to 200."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
