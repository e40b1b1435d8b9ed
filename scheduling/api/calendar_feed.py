"""A calendar feed over HTTP: whoever has the address may read; nobody learns anything but when something is booked."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from scheduling.operations.feeds import feed_at, feed_of

CACHE = "private, max-age=300"


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return a feed, or 304 to whoever has it already; an unknown address and a revoked one are the same 404."""
    feed = feed_of(token)
    if feed is None:
        return HttpResponseNotFound("There is no calendar at this address.", content_type="text/plain")
    document = feed_at(feed, now=timezone.now())
    etag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    seen = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    if seen & {etag, "*"}:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(document, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="booked.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = CACHE
    response["Referrer-Policy"] = "no-referrer"
    return response
