"""What is answered where there is no page."""

from django.http import Http404, HttpRequest, HttpResponse

from cryoclinic.dashboard.access import Desk, staff_page


@staff_page
def missing(request: HttpRequest, desk: Desk, *, unknown: str) -> HttpResponse:
    """Answer that nothing is at this address, without saying whether it exists for others."""
    raise Http404
