"""
What providers post: the signature first, then stored, then answered.

A report is applied later by a task, so that a provider never waits for our locks. A text message is applied at once,
because the answer to this request is the answer to the person.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.views import APIView

from notifications.channels import esp_hooks, twilio_hooks
from notifications.operations.inbound import hear
from notifications.operations.receipts import store_reports

Found = TypeVar("Found")


class SignatureRefused(exceptions.PermissionDenied):
    """The signature is not the provider's. Nothing was stored. Check the secret and the public address on both sides."""


class Hook(APIView):
    """An address for machines that sign what they send: no sign-in, no part of the API."""

    authentication_classes = ()
    permission_classes = ()
    schema = None


class TwilioHook(Hook):
    """One that Twilio posts forms to."""

    parser_classes = (FormParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Check the signature before anything else.

        :raises SignatureRefused: if it is not Twilio's
        """
        super().initial(request, *args, **kwargs)
        signature = request.headers.get("X-Twilio-Signature", "")
        if not twilio_hooks.is_signed(
            path=request.get_full_path(), params=request.POST.dict(), signature=signature
        ):
            raise SignatureRefused


class TwilioStatus(TwilioHook):
    """Where Twilio reports the fate of one attempt."""

    def post(self, request: Request, uid: UUID) -> HttpResponse:
        """Store the report."""
        store_reports([twilio_hooks.report_of(uid, request.POST.dict())], now=timezone.now())
        return HttpResponse(status=204)


class TwilioInbound(TwilioHook):
    """Where Twilio passes on what people text back."""

    def post(self, request: Request) -> HttpResponse:
        """Apply the message, and answer it if there is something to answer."""
        incoming = twilio_hooks.incoming_of(request.POST.dict())
        if not incoming.provider_id or not incoming.address:
            raise exceptions.ParseError("A message needs MessageSid and From.")
        words = hear(incoming=incoming, now=timezone.now())
        return HttpResponse(twilio_hooks.answer_as_twiml(words), content_type="text/xml")


class EmailEvents(Hook):
    """Where an email provider reports what became of letters."""

    def post(self, request: Request, esp: str) -> HttpResponse:
        """Store the reports."""
        store_reports(_read(esp_hooks.reports_in, esp, request), now=timezone.now())
        return HttpResponse(status=204)


class EmailInbound(Hook):
    """Where an email provider passes on what people write back."""

    def post(self, request: Request, esp: str) -> HttpResponse:
        """Apply the letters; email is not answered by machine."""
        for incoming in _read(esp_hooks.incoming_in, esp, request):
            hear(incoming=incoming, now=timezone.now())
        return HttpResponse(status=204)


def _read(read: Callable[[str, HttpRequest], list[Found]], esp: str, request: Request) -> list[Found]:
    """Return what a provider has posted, in the words of HTTP when it must be refused."""
    try:
        # The request as Django has it: the library reads the body itself.
        return read(esp, request._request)  # noqa: SLF001 - the framework's own way to it
    except esp_hooks.ProviderNotInUse as error:
        raise Http404 from error
    except esp_hooks.NotSigned as error:
        raise SignatureRefused from error
    except ValueError as error:
        raise exceptions.ParseError("The provider's words could not be read.") from error
