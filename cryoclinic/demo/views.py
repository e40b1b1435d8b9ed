"""The outbox as a page: what patients' phones and mailboxes would show. Mounted only in a demo."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cryoclinic.demo.mailbox import addresses, as_letters, conversations, is_phone
from notifications.codes import ContactSystem
from notifications.models import OutboxMessage

CONVERSATIONS_A_PAGE = 12
LETTERS_A_PAGE = 20
REFRESH_SECONDS = 10


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Show who was written to, newest first; of one channel or with some words in name or address."""
    asked = _asked(request)
    pages = Paginator(addresses(channel=asked["channel"], words=asked["q"]), CONVERSATIONS_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    shown = {
        "conversations": conversations(page.object_list),
        "total": pages.count,
        **_paging(request, page),
        **_frame(request, asked),
    }
    return render(request, "demo/outbox.html", shown)


@require_safe
def conversation(request: HttpRequest, channel: str, address: str) -> HttpResponse:
    """
    Show what one address was sent: as bubbles on a phone, or as a mailbox with one message open.

    :raises Http404: if nothing was sent there
    """
    own = OutboxMessage.objects.filter(channel=channel, to=address).order_by("-sent_at", "-pk")
    page = Paginator(own, LETTERS_A_PAGE).get_page(request.GET.get("page"))
    found = conversations([(address, channel)])
    if not found:
        raise Http404
    letters = as_letters(page.object_list)
    opened = request.GET.get("mail", "")
    shown = {
        "conversation": found[0],
        "letters": letters,
        "opened": next((each for each in letters if str(each.uid) == opened), letters[0]),
        **_paging(request, page),
        **_frame(request, _asked(request)),
    }
    return render(request, "demo/phone.html" if is_phone(channel) else "demo/mail.html", shown)


def _asked(request: HttpRequest) -> dict[str, str]:
    channel = request.GET.get("channel", "")
    return {
        "channel": channel if channel in ContactSystem.values else "",
        "q": request.GET.get("q", "").strip()[:80],
    }


def _frame(request: HttpRequest, asked: dict[str, str]) -> dict[str, object]:
    """Return what every page shows around its content: the filters, and the page again, by itself or not."""
    alone = "refresh" in request.GET
    return {
        "asked": asked,
        "channels": ContactSystem.choices,
        "refresh_seconds": REFRESH_SECONDS if alone else None,
        "refresh_every": REFRESH_SECONDS,
        "toggled": _again(request, refresh=None if alone else "1"),
        "again": request.get_full_path(),
    }


def _paging(request: HttpRequest, page: "Page[Any]") -> dict[str, object]:
    return {
        "page": page,
        "newer": _again(request, page=str(page.previous_page_number())) if page.has_previous() else "",
        "older": _again(request, page=str(page.next_page_number())) if page.has_next() else "",
    }


def _again(request: HttpRequest, **changes: str | None) -> str:
    """Return this page's address with some of its parameters changed or (None) left out."""
    asked = {**request.GET.dict(), **changes}
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
