"""Admin of a draft's texts: a field for each text and language, and what the linter finds after every save."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import get_language_info
from unfold.widgets import UnfoldAdminTextareaWidget

from cryoclinic.accounts.admin.scoped import ScopedAdmin, ScopedFilter, member_in, scope_in
from cryoclinic.accounts.models import User
from procedures.admin.findings import ShowsFindings, announce
from procedures.codes import ProtocolStatus
from procedures.lint import Finding
from procedures.models import Protocol, ProtocolNotice, ProtocolStep
from procedures.operations.drafting import Texts, rewrite_notice, rewrite_step
from procedures.operations.protocols import AUTHORS, NotAllowedHere, TransitionRefused

# Between the kind of a text and its language in the name of a form field.
BETWEEN = "__"


class TextsForm(forms.ModelForm):  # type: ignore[type-arg] # of whichever model
    """The texts of one row. The fields are added by `form_for`; nothing else of the row is written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            kind, _, language = name.partition(BETWEEN)
            self.initial[name] = self.instance.texts.get(language, {}).get(kind, "")

    @property
    def texts(self) -> Texts:
        """Return what was written, by language; a language with no word at all is left out."""
        found: dict[str, dict[str, str]] = {}
        for name, written in self.cleaned_data.items():
            kind, _, language = name.partition(BETWEEN)
            found.setdefault(language, {})[kind] = written.strip()
        return {language: text for language, text in found.items() if any(text.values())}


def form_for(model: type[Model], *, kinds: Iterable[str], languages: Iterable[str]) -> type[TextsForm]:
    """Return a form class with one field for each kind of text and language."""
    fields = {
        f"{kind}{BETWEEN}{language}": forms.CharField(
            label=f"{kind.capitalize()} ({language})",
            required=False,
            widget=UnfoldAdminTextareaWidget(
                attrs={"rows": 2 if kind in {"title", "subject"} else 6, "lang": language}
            ),
        )
        for language in languages
        for kind in kinds
    }
    meta = type("Meta", (), {"model": model, "fields": ()})
    return type("DraftTextsForm", (TextsForm,), {**fields, "Meta": meta})


def language_name(code: str) -> str:
    """Return a language's name in English with its code, the code alone where it has none."""
    try:
        return f"{get_language_info(code)['name']} ({code})"
    except KeyError:
        return code


class DraftTextsAdmin(ShowsFindings, ScopedAdmin):
    """Rows of a version with texts: for reading, and while it is a draft for authors to write."""

    organization_path = "protocol__organization"
    may_add = False
    kinds: ClassVar[tuple[str, ...]] = ()

    def protocol_of(self, row: Any) -> Protocol:
        found: Protocol = row.protocol
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = scope_in(request).organizations_with(AUTHORS)
        if obj is None:
            return bool(allowed)
        return obj.protocol.status == ProtocolStatus.DRAFT and obj.protocol.organization_id in allowed

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        return form_for(self.model, kinds=self.kinds, languages=obj.protocol.languages)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [
            (language_name(language), {"fields": [f"{kind}{BETWEEN}{language}" for kind in self.kinds]})
            for language in obj.protocol.languages
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            self.rewrite(obj, texts=form.texts, by=member_in(request))
        except (NotAllowedHere, TransitionRefused) as refusal:
            self.message_user(request, " ".join((type(refusal).__doc__ or "").split()), messages.ERROR)
        else:
            announce(request, obj.protocol)

    def rewrite(self, row: Any, *, texts: Texts, by: User) -> None:
        """Write the texts of a row; each kind of row says how."""
        raise NotImplementedError


@admin.register(ProtocolStep)
class ProtocolStepAdmin(DraftTextsAdmin):
    kinds = ("title", "body")
    list_display = ["code", "protocol", "position", "section", "source"]
    list_filter = ["section", ("protocol", ScopedFilter)]
    list_select_related = ["protocol"]
    search_fields = ["code", "protocol__title"]
    ordering = ["protocol__title", "-protocol__version", "position"]

    def concerns(self, finding: Finding, row: ProtocolStep) -> bool:
        return finding.step == row.code

    def rewrite(self, row: ProtocolStep, *, texts: Texts, by: User) -> None:
        rewrite_step(step=row, texts=texts, by=by)


@admin.register(ProtocolNotice)
class ProtocolNoticeAdmin(DraftTextsAdmin):
    kinds = ("sms", "subject", "email")
    list_display = ["code", "protocol", "step", "trigger", "purpose", "safety", "gate"]
    list_filter = ["purpose", "safety", "gate", "trigger"]
    list_select_related = ["protocol", "step"]
    search_fields = ["code", "protocol__title"]
    ordering = ["protocol__title", "-protocol__version", "id"]

    def concerns(self, finding: Finding, row: ProtocolNotice) -> bool:
        return finding.notice == row.code

    def rewrite(self, row: ProtocolNotice, *, texts: Texts, by: User) -> None:
        rewrite_notice(notice=row, texts=texts, by=by)
