"""References to rows: by uid, seen only within the caller's organization, or by a code that all share."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from cryoclinic.accounts.caller import caller_of, organization_of
from scheduling.api.places import within_reach


@extend_schema_field(OpenApiTypes.UUID)
class OwnedField(serializers.SlugRelatedField[Any]):
    """The row with this uid among those of the caller's organization; `noun` is what it is called."""

    default_error_messages = {
        "does_not_exist": "Nothing of your organization has this uid.",
        "invalid": "Write the uid as in 3f2b8c1e-5d5a-4f0e-9f53-1c1b7a0a6f10.",
    }

    def __init__(self, *, noun: str, **options: Any) -> None:
        self.noun = noun
        self.everybodys = options["queryset"]
        super().__init__(slug_field="uid", **options)

    def get_queryset(self) -> Any:
        return self.reachable(self.everybodys.of(organization_of(self.context["request"])))

    def reachable(self, rows: Any) -> Any:
        """Return those of the rows that are within the caller's reach."""
        request = self.context["request"]
        changing = request.method not in SAFE_METHODS
        return within_reach(rows, caller=caller_of(request), changing=changing)

    def to_internal_value(self, data: Any) -> Any:
        """
        Return the row.

        :raises ValidationError: `unknown_<noun>`, if the organization has none with this uid
        """
        uid = serializers.UUIDField().to_internal_value(data)
        found = self.get_queryset().filter(uid=uid).first()
        if found is None:
            message = f"Your organization has no {self.noun} with this uid."
            raise serializers.ValidationError(message, code=f"unknown_{self.noun}")
        self._speak_there(getattr(found, "location_id", None))
        return found

    def _speak_there(self, location_id: int | None) -> None:
        """From here on the caller is who they are at the place that is spoken of."""
        request = self.context["request"]
        if location_id is not None:
            request.auth = caller_of(request).at(location_id)


class CodeField(serializers.SlugRelatedField[Any]):
    """The row with this code, the same for every organization."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="code", **options)

    def to_internal_value(self, data: Any) -> Any:
        """
        Return the row.

        :raises ValidationError: if there is none, or what came cannot be a code
        """
        return super().to_internal_value(serializers.CharField().run_validation(data))
