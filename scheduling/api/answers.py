"""Whether the patient is coming, as somebody told the clinic or a portal."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import operations
from scheduling.api.day_record import OfAppointment
from scheduling.codes import AnswerCode
from scheduling.models import PatientAnswer

# What the messages and the page ask: are you coming?
CONFIRM = "confirm"


class AnswerInput(serializers.Serializer[dict[str, Any]]):
    """The answer, about the start as it is now."""

    answer = serializers.ChoiceField(choices=AnswerCode.choices)


class AnswerOutput(serializers.ModelSerializer[PatientAnswer]):
    """An answer on record, with the start it was about."""

    class Meta:
        model = PatientAnswer
        fields = ["uid", "question", "answer", "about_start", "answered_at"]


class AnswerList(OfAppointment):
    """The answers about an appointment."""

    serializer_class = AnswerOutput

    @extend_schema(responses={200: AnswerOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read the answers in the order in which they came."""
        return Response(AnswerOutput(self.get_object().answers.order_by("id"), many=True).data)

    @extend_schema(request=AnswerInput, responses={201: AnswerOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Record whether the patient comes. From then on nobody is asked again about this start."""
        appointment = self.get_object()
        given = AnswerInput(data=request.data)
        given.is_valid(raise_exception=True)
        recorded = operations.record_answer(
            appointment=appointment,
            question=CONFIRM,
            answer=AnswerCode(given.validated_data["answer"]),
            now=timezone.now(),
        )
        return Response(AnswerOutput(recorded).data, status=status.HTTP_201_CREATED)
