"""Catalogue files are read as a whole, or refused with the line of everything that is wrong."""

from pathlib import Path
from typing import get_args

import pytest

from procedures import codes
from procedures.catalogue import CatalogueRefused, builtin_files, read_catalogue, schema, schema_text
from procedures.catalogue.content import digest
from procedures.catalogue.protocol_schema import SectionCode
from procedures.catalogue.sharing import shared_steps
from procedures.catalogue.vocabulary import procedures
from procedures.catalogue.yaml_lines import load

BUILTIN = {path.stem: path for path in builtin_files()}
SKIN = (Path(__file__).parent / "examples/skin_actinic_keratosis.yaml").read_text(encoding="utf-8")
KIDNEY = BUILTIN["renal_cryo"].read_text(encoding="utf-8")
PUBLISHED = BUILTIN["renal_cryo"].parents[1] / "catalogue.schema.json"


def refusals(folder: Path, text: str, *, name: str = "skin_actinic_keratosis") -> list[str]:
    """Return what is found wrong with a file, as `line: reason`."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue([path])
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def line_of(text: str, fragment: str) -> int:
    """Return the line on which a fragment stands first."""
    return text[: text.index(fragment)].count("\n") + 1


def test_builtin_catalogue_holds_every_procedure_of_the_engine() -> None:
    entries = read_catalogue(builtin_files())

    assert [entry.content.type.id for entry in entries] == sorted(procedures())
    assert len(entries) == 20


def test_published_schema_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    ("literal", "stored"),
    [
        (schema.GuidanceCode, codes.Guidance),
        (schema.AnaesthesiaCode, codes.Anaesthesia),
        (schema.BleedingClassCode, codes.BleedingClass),
        (schema.RoleCode, codes.LegRole),
        (schema.LegAnchorCode, codes.LegAnchor),
        (schema.VerificationCode, codes.Verification),
        (SectionCode, codes.Section),
    ],
)
def test_files_and_rows_use_the_same_codes(literal: object, stored: type[codes.Guidance]) -> None:
    assert list(get_args(literal)) == stored.values


# What is replaced, by what, a fragment of the line the finding names, and the finding.
SHAPE = [
    ("family: skin", "family: skin\n  color: red", "color: red", "type.color: nobody knows this key"),
    ("family: skin", "family: skin\n  family: eye", "family: eye", "the key family is listed twice"),
    (
        "{minutes: 15, source: ops}",
        "{minutes: 15}",
        "{minutes: 15}",
        "type.planned.source: a number without a source",
    ),
    ("{minutes: 15, source: ops}", "{minutes: 15, source: L99}", "L99", "nobody knows the source L99"),
    (
        "{minutes: 15, source: ops}",
        '{minutes: "15", source: ops}',
        '"15"',
        "type.planned.minutes: Input should be a valid integer",
    ),
    (
        "code: minimal",
        "code: tiny",
        "code: tiny",
        """type.bleeding_class.code: Input should be \
'minimal', 'low', 'high', 'uninterrupted_oac' or 'not_rated'""",
    ),
    (
        "anchor: booking",
        "anchor: lunch",
        "anchor: lunch",
        "protocol.steps.0.notices.0.when.anchor: Input should be 'booking', 'arrive', 'start' or 'end'",
    ),
    (
        '{anchor: end, days: 5, local_time: "08:00"}',
        "{anchor: end, days: 5}",
        "days: 5}",
        "protocol.derived_facts.0.moment: a moment needs either elapsed_minutes, or days and local_time",
    ),
    (
        "trigger: amendment",
        "purpose: preparation",
        "code: plan-changed-patient",
        "protocol.steps.10.notices.0: a scheduled notice needs when, any other has none",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "reason"), SHAPE)
def test_wrong_shape_is_refused(tmp_path: Path, old: str, new: str, at: str, reason: str) -> None:
    text = changed(SKIN, old, new)

    assert refusals(tmp_path, text) == [f"{line_of(text, at)}: {reason}"]


def test_broken_yaml_is_refused_where_it_breaks(tmp_path: Path) -> None:
    text = changed(SKIN, "family: skin", "family: [skin")

    [finding] = refusals(tmp_path, text)

    assert finding.startswith(f"{line_of(text, '  indication')}: not YAML: ")


def test_unquoted_times_and_words_stay_text() -> None:
    located = load("a: 17:00\nb: no\nc: 010\nd: [-5, true, null, 0]\n")

    assert located.value == {"a": "17:00", "b": "no", "c": "010", "d": [-5, True, None, 0]}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("type: {<<: {}}\n", "1: a key must be a plain word"),
        ("type: \x07\n", "1: not YAML: a character that YAML does not allow"),
        ("just words\n", "1: the file: Input should be an object"),
    ],
)
def test_other_text_is_refused(tmp_path: Path, text: str, finding: str) -> None:
    assert refusals(tmp_path, text) == [finding]


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: caf\xe9\n")

    with pytest.raises(CatalogueRefused, match="1: cannot be read: not a text in UTF-8"):
        read_catalogue([path])


def test_hash_covers_only_what_has_one_form() -> None:
    assert digest({"b": (1, None), "a": frozenset({"x"})}) == digest({"a": frozenset({"x"}), "b": [1, None]})

    with pytest.raises(TypeError, match="float"):
        digest(1.5)


def test_alias_is_refused(tmp_path: Path) -> None:
    text = SKIN.replace("  name: Actinic", "  name: &n Actinic", 1).replace(
        "indication: ", "indication: *n #", 1
    )

    assert refusals(tmp_path, text) == [
        f"{line_of(text, '&n')}: an alias is not allowed; write the entry out"
    ]


def test_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"

    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue([path])

    assert str(refused.value) == f"{path}:1: cannot be read: No such file or directory"


def test_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, "# nothing\n") == ["1: the file is empty"]


def test_every_finding_of_every_file_is_listed(tmp_path: Path) -> None:
    first, second = tmp_path / "renal_cryo.yaml", tmp_path / "skin_actinic_keratosis.yaml"
    first.write_text(changed(KIDNEY, "min: 60", "min: 600"), encoding="utf-8")
    second.write_text(SKIN.replace("key: spray", "key: room"), encoding="utf-8")

    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue([first, second])

    assert [(Path(finding.file), finding.reason) for finding in refused.value.findings] == [
        (first, "minutes: the range ends before it begins"),
        (second, "the leg room is listed twice"),
    ]


def test_one_procedure_in_two_files_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "skin_actinic_keratosis.yaml"
    copy.write_text(SKIN, encoding="utf-8")
    original = BUILTIN["skin_actinic_keratosis"]

    with pytest.raises(CatalogueRefused) as refused:
        read_catalogue([original, copy])

    assert str(refused.value) == f"{copy}:1: skin_actinic_keratosis is also in {original}"


TYPE = [
    ("code: minimal", "code: low", "code: low", "the engine plans with the class minimal"),
    ("min: 10, max: 15", "min: 20, max: 15", "min: 20", "minutes: the range ends before it begins"),
    (
        "{minutes: 15, source",
        "{minutes: 0, source",
        "minutes: 0",
        "planned: a procedure needs at least a minute",
    ),
    ("family: skin", "family: skin\n  targets: [face]", "targets", "the engine knows other targets"),
    ("key: spray", "key: room", "skill: n2-spray", "the leg room is listed twice"),
    (
        "skill: procedure, offset_minutes: -5",
        "skill: procedure, offset_minutes: 0",
        "skill: procedure",
        "the leg room must hold set-up and turnover",
    ),
    (
        "skill: dermatology",
        "skill: dermatology, anchor: end",
        "skill: dermatology",
        "the leg operator begins at the end and has no duration",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "reason"), TYPE)
def test_wrong_type_is_refused(tmp_path: Path, old: str, new: str, at: str, reason: str) -> None:
    text = changed(SKIN, old, new)

    assert refusals(tmp_path, text) == [f"{line_of(text, at)}: {reason}"]


def test_unknown_procedure_is_refused(tmp_path: Path) -> None:
    text = changed(SKIN, "id: skin_actinic_keratosis", "id: skin_wart")

    assert refusals(tmp_path, text, name="skin_wart") == [
        f"{line_of(text, 'id: skin_wart')}: skin_wart is no procedure the preparation engine knows"
    ]


def test_file_under_another_name_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, SKIN, name="skin") == [
        f"{line_of(SKIN, 'id: skin')}: the file is named skin and holds skin_actinic_keratosis"
    ]


def test_sedation_without_a_fasting_step_is_refused(tmp_path: Path) -> None:
    fasting = {
        code for code, step in shared_steps().items() if "fasting_times" in step.written.get("conditions", ())
    }
    lines = KIDNEY.splitlines(keepends=True)
    text = "".join(line for line in lines if line.strip().removeprefix("- use: ") not in fasting)

    assert refusals(tmp_path, text, name="renal_cryo") == [
        f"{line_of(text, '  steps:')}: a type with sedation needs a step under the condition fasting_times"
    ]


STEP = [
    (
        "code: visit-child\n",
        "code: visit\n",
        "- code: visit\n      section: preparation\n      conditions: [child]",
        "the step visit is listed twice",
    ),
    (
        "code: visit-where",
        "code: visit-booked",
        "- code: visit-booked\n          when: {anchor: start",
        "the notice visit-booked is listed twice",
    ),
    ("[child]", "[tall]", "[tall]", "nobody can check the condition tall"),
    ("place, address]", "place, address, mood]", "mood]", "nobody knows the fact mood"),
    (
        "      section: day\n",
        "      section: day\n      subject: lunch\n",
        "subject: lunch",
        "no plan lists lunch under never_send",
    ),
    (
        "      source: S3, L34, ops\n",
        "",
        "code: what-happens",
        "the step what-happens states a number without a source",
    ),
    (
        "This takes 10 to 15 minutes.",
        "Leave off your blood thinner.",
        "body: |\n            A doctor looks",
        '"blood thinner" speaks about a medicine; only a signed plan does',
    ),
    (
        "languages: [en]",
        "languages: [en, pl]",
        "      texts:\n",
        "the text in pl is missing",
    ),
    (
        'subject: "Where to come on {arrive_at:day}"',
        'subject: "Your skin on {arrive_at:day}"',
        "Your skin on",
        '"skin" is a word about health; the subject is seen by others',
    ),
    (
        "audiences: [carer]\n          facts: [start, arrive_at, place]",
        "audiences: [carer]\n          answer: confirm\n          facts: [start, arrive_at, place]",
        "code: visit-booked-carer",
        "a carer is neither asked for an answer nor told about medicines",
    ),
    (
        "You help someone with a visit to our clinic.",
        "Bring their medicines.",
        "email: |\n                Bring their medicines",
        "speaks about medicine to a carer",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "reason"), STEP)
def test_wrong_step_is_refused(tmp_path: Path, old: str, new: str, at: str, reason: str) -> None:
    text = changed(SKIN, old, new)

    assert f"{line_of(text, at)}: {reason}" in refusals(tmp_path, text)


SMS = [
    ("Bring {passport}.", "no text can say {passport}"),
    ("Bring {medicine_plan}.", "no text can say {medicine_plan}"),
    ("Come at 9am.", '"9am" is a fixed clock time; use a placeholder'),
    ("Come at 9:30.", '"9:30" is a fixed clock time; use a placeholder'),
    ("Come before midnight.", '"midnight" can be misread; say the day and the time'),
    ("Come {now.", "a curly bracket that belongs to no placeholder"),
    ("It is {solids_stop}.", "{solids_stop} is not among the notice's facts"),
    ("It is {place:until}.", "{place} cannot be said as until"),
    ("Reply YES.", '"Reply YES" is a command to phone companies; ask for a digit'),
    ("Please reply stop.", '"reply stop" is a command to phone companies; ask for a digit'),
    ("It is for your skin.", '"skin" tells others what the visit is for'),
    ("It is for {procedure}.", "{procedure} tells others what the visit is for"),
    ("Take your tablets.", "speaks about medicine and needs no signature"),
    ("Bring the aspirin.", '"aspirin" is a medicine\'s name; it comes from the signed plan only'),
    ("Welcome!", "an exclamation mark"),
]


@pytest.mark.parametrize(("sentence", "reason"), SMS)
def test_wrong_words_in_an_sms_are_refused(tmp_path: Path, sentence: str, reason: str) -> None:
    text = changed(SKIN, "Bring a photo card", f"{sentence} Bring a photo card")

    assert f"{line_of(text, sentence)}: {reason}" in refusals(tmp_path, text)


@pytest.mark.parametrize("trigger", ["correction", "amendment", "cancellation", "collapsed"])
def test_missing_announcement_of_a_change_is_refused(tmp_path: Path, trigger: str) -> None:
    moment = "when: {anchor: booking, elapsed_minutes: 0}"
    text = changed(SKIN, f"trigger: {trigger}", moment)

    assert (
        f"{line_of(text, '  steps:')}: the patient needs one {trigger} notice, and there are 0"
    ) in refusals(tmp_path, text)
