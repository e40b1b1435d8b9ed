"""Patients as they come in and as they leave."""

from rest_framework import serializers

from scheduling.api.fields import PhoneField, ZoneField
from scheduling.models import Patient

_FIELDS = [
    "identifier",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "language",
    "zone",
    "phone",
    "email",
    "first_name_in_messages",
    "breast_fed",
    "formula_fed",
]


class PatientInput(serializers.ModelSerializer[Patient]):
    """A patient as registered. `identifier` is the clinic's own number and is unique in the organization."""

    phone = PhoneField(max_length=20, required=False, allow_blank=True)
    zone = ZoneField(
        max_length=64, required=False, allow_blank=True, help_text="Empty: the zone of the location."
    )

    class Meta:
        model = Patient
        fields = _FIELDS


class RegistrationInput(PatientInput):
    """
    A patient to register. Where a record may be of the same person this is refused with the candidates; look at them,
    and if it is somebody else send it again with `confirm_not_duplicate`.
    """

    confirm_not_duplicate = serializers.BooleanField(default=False, write_only=True)

    class Meta(PatientInput.Meta):
        fields = [*_FIELDS, "confirm_not_duplicate"]


class PatientQuestion(serializers.Serializer[dict[str, str]]):
    """Which patient is looked for: by the clinic's number exactly, or by what somebody says of them."""

    identifier = serializers.CharField(
        max_length=40, required=False, help_text="The clinic's own number for the person, exactly."
    )
    text = serializers.CharField(
        max_length=160,
        required=False,
        help_text="Names in any order and spelling, whole or begun; a birth date, best as 1961-03-14 (else the day "
        "comes first); part of a phone number; the clinic's number. Everything written must fit.",
    )

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """
        Ask for one of the two.

        :raises ValidationError: `one-of-two`, if neither or both are there
        """
        if len(attrs) != 1:
            raise serializers.ValidationError("Send an identifier or a text.", code="one-of-two")
        return attrs


class PatientOutput(serializers.ModelSerializer[Patient]):
    """A patient. `merged_into` is the record that took over everything of this one."""

    merged_into = serializers.SlugRelatedField[Patient](slug_field="uid", read_only=True)

    class Meta:
        model = Patient
        fields = ["uid", *_FIELDS, "deceased_on", "merged_into", "created_at"]
