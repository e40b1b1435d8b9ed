"""Protocols written and put forward over HTTP: by people alone, never by a program."""

import datetime as dt
import json
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from cryoclinic.accounts.models import User
from procedures.api.protocols import ProtocolOutput, Protocols
from procedures.catalogue import CatalogueRefused
from procedures.codes import ProtocolStatus
from procedures.exchange import PlanDefinitionRefused, ProtocolFile, read_plan_definition, read_protocol
from procedures.models import Protocol
from procedures.operations.drafts import draft_again, import_protocol
from procedures.operations.protocols import (
    NotAllowedHere,
    approve_protocol,
    retire_protocol,
    return_protocol,
    submit_protocol,
)


class StatusInput(serializers.Serializer[dict[str, Any]]):
    """
    Where a version goes: `in-review` submits it, `draft` sends it back, `active` approves it from a date on,
    `retired` ends its use for new bookings.
    """

    status = serializers.ChoiceField(ProtocolStatus.choices)
    active_from = serializers.DateField(
        required=False, help_text="Needed to approve: a date of each location's own calendar."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """:raises ValidationError: if an approval says no date"""
        if data["status"] == ProtocolStatus.ACTIVE and "active_from" not in data:
            raise serializers.ValidationError(
                {"active_from": "Say from which day on the version is in force."}, code="required"
            )
        return data


class FileInput(serializers.Serializer[dict[str, Any]]):
    """A protocol file: one of both."""

    yaml = serializers.CharField(
        required=False, trim_whitespace=False, max_length=2_000_000, help_text="The file's text."
    )
    plan_definition = serializers.JSONField(
        required=False, help_text="A PlanDefinition that this program wrote."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """:raises ValidationError: for none or two, and for everything that is wrong in the file, with its line"""
        if len(data) != 1:
            raise serializers.ValidationError("Send yaml or plan_definition, one of both.", code="one-file")
        (kind,) = data
        try:
            return {"file": _read(kind, data[kind])}
        except CatalogueRefused as refused:
            said = [f"Line {each.line}: {each.reason}" for each in refused.findings]
        except PlanDefinitionRefused as refused:
            said = list(refused.reasons)
        raise serializers.ValidationError({kind: said}, code="not-a-protocol")


class ProtocolImport(Protocols):
    """New drafts from files."""

    scopes = {"POST": "procedures.write"}

    @extend_schema(request=FileInput, responses={201: ProtocolOutput})
    def post(self, request: Request) -> Response:
        """Read a file as a new draft; what is wrong in it is listed with its line, and nothing is stored."""
        person = _person(request)
        given = FileInput(data=request.data)
        given.is_valid(raise_exception=True)
        draft = import_protocol(
            organization=organization_of(request),
            file=given.validated_data["file"],
            by=person,
            now=timezone.now(),
        )
        return Response(ProtocolOutput(draft).data, status=201)


class ProtocolDraft(Protocols):
    """A new draft from a version there is."""

    scopes = {"POST": "procedures.write"}

    @extend_schema(request=None, responses={201: ProtocolOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Begin a draft with the content of this version."""
        draft = draft_again(protocol=self.get_object(), by=_person(request), now=timezone.now())
        return Response(ProtocolOutput(draft).data, status=201)


class ProtocolStatusChange(Protocols):
    """A version's way from draft to retired."""

    scopes = {"POST": "procedures.write"}

    @extend_schema(request=StatusInput, responses={200: ProtocolOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Take a version one step on. Who wrote it cannot approve it; approved, it never changes again."""
        protocol = self.get_object()
        person = _person(request)
        wanted = StatusInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        _change(
            protocol,
            status=ProtocolStatus(wanted.validated_data["status"]),
            active_from=wanted.validated_data.get("active_from"),
            by=person,
            now=timezone.now(),
        )
        return Response(ProtocolOutput(protocol).data)


def _change(
    protocol: Protocol, *, status: ProtocolStatus, active_from: dt.date | None, by: User, now: dt.datetime
) -> None:
    if status == ProtocolStatus.IN_REVIEW:
        submit_protocol(protocol=protocol, by=by, now=now)
    elif status == ProtocolStatus.DRAFT:
        return_protocol(protocol=protocol, by=by)
    elif status == ProtocolStatus.RETIRED:
        retire_protocol(protocol=protocol, by=by)
    elif active_from is not None:
        approve_protocol(protocol=protocol, by=by, active_from=active_from, now=now)


def _person(request: Request) -> User:
    """:raises NotAllowedHere: if a program asks"""
    caller = caller_of(request)
    if caller.user is None or not caller.is_staff_session:
        raise NotAllowedHere
    return caller.user


def _read(kind: str, given: Any) -> ProtocolFile:
    if kind == "yaml":
        return read_protocol(given, file="yaml")
    return read_plan_definition(json.dumps(given))
