"""What staff type about protocol versions."""

from django import forms

from cryoclinic.dashboard.forms import date_field

# A protocol in four languages is some 200 kB; nothing else is worth reading [ops].
MOST_BYTES = 2_000_000


class ApproveForm(forms.Form):
    """From which day on a version is in force, by the calendar of each location."""

    active_from = date_field("In force from")


class FileForm(forms.Form):
    """A protocol file: YAML, or a PlanDefinition that this program wrote."""

    file = forms.FileField(
        label="Protocol file (.yaml, or .json for a PlanDefinition)",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_file(self) -> tuple[str, str]:
        """
        Return the file's name and text.

        :raises ValidationError: if it is no text in UTF-8, or far too long
        """
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError("This file is too long for a protocol.", code="too-long")
        try:
            return upload.name, upload.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file is not a text in UTF-8.", code="not-utf-8") from error
