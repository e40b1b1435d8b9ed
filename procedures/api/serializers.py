"""Procedure types as they leave."""

from rest_framework import serializers

from procedures.models import ProcedureCode, ProcedureLeg, ProcedureType


class LegOutput(serializers.ModelSerializer[ProcedureLeg]):
    """One thing the procedure occupies, with its own piece of time around the start or the planned end."""

    class Meta:
        model = ProcedureLeg
        fields = [
            "key",
            "role",
            "skill",
            "count",
            "anchor",
            "offset_minutes",
            "duration_minutes",
            "tail_minutes",
        ]


class CodeOutput(serializers.ModelSerializer[ProcedureCode]):
    """A code of a terminology, and how far it has been checked. None is for billing."""

    class Meta:
        model = ProcedureCode
        fields = ["system", "code", "display", "verification"]


class ProcedureTypeOutput(serializers.ModelSerializer[ProcedureType]):
    """A kind of procedure: what it needs and how long it takes, in minutes."""

    legs = LegOutput(many=True)
    codes = CodeOutput(many=True)

    class Meta:
        model = ProcedureType
        fields = [
            "code",
            "name",
            "patient_names",
            "family",
            "targets",
            "guidance_options",
            "anaesthesia_options",
            "bleeding_class",
            "minutes_min",
            "minutes_max",
            "planned_minutes",
            "setup_minutes",
            "turnover_minutes",
            "observe_minutes_min",
            "observe_minutes_max",
            "overnight_possible",
            "escort",
            "legs",
            "codes",
        ]
