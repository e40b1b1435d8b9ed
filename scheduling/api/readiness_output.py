"""Whether a visit can go ahead, as it leaves."""

from rest_framework import serializers

from scheduling.codes import ReadinessState
from scheduling.models import ReadinessRecord


class ReadinessReason(serializers.Serializer[dict[str, str]]):
    """One thing that keeps a visit from being ready. `due_at` is its deadline; at `blocked_at` it is too late."""

    code = serializers.CharField()
    about = serializers.CharField(
        help_text="Within the code, for example an item of preparation; may be empty."
    )
    sentence = serializers.CharField()
    rule = serializers.CharField(
        source="source", help_text="The rule or paper it comes from; `ops` is the clinic's own default."
    )
    who = serializers.CharField(help_text="Who does something about it: patient, staff, clinician.")
    due_at = serializers.DateTimeField()
    blocked_at = serializers.DateTimeField(allow_null=True)


class ReadinessOutput(serializers.ModelSerializer[ReadinessRecord]):
    """
    The last judgement, as of a moment; `is_current` is false for the seconds after a change until it is judged again.

    The next thing to do is `next_step`, done by `next_by` until `next_due_at`; empty when the visit is ready.
    """

    state = serializers.ChoiceField(choices=ReadinessState.choices)
    is_current = serializers.SerializerMethodField()
    reasons = ReadinessReason(many=True)

    class Meta:
        model = ReadinessRecord
        fields = [
            "state",
            "blocker",
            "as_of",
            "is_current",
            "next_step",
            "next_by",
            "next_due_at",
            "reasons",
        ]

    def get_is_current(self, record: ReadinessRecord) -> bool:
        """Return whether nothing has changed since."""
        return record.plan_revision == record.appointment.plan_revision
