"""Protocols as files: what is written reads back to the last letter; what is wrong is named with its line."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.catalogue import CatalogueRefused, ProtocolContent, builtin_files, read_catalogue
from procedures.exchange import (
    PlanDefinitionRefused,
    Publication,
    plan_definition,
    read_plan_definition,
    read_protocol,
    write_protocol,
)
from procedures.exchange.entries import MomentBetweenMinutes
from procedures.exchange.yaml_file import CannotBeWritten
from procedures.steps import Anchor, DerivedFact, Moment

CONTENTS = {
    entry.content.type.id: entry.content.protocol.as_content()
    for entry in read_catalogue(builtin_files())
    if entry.content.protocol is not None
}
RENAL = CONTENTS["renal_cryo"]
PUBLICATION = Publication(
    uid=UUID(int=7),
    version=3,
    status="active",
    publisher="Northside Clinic",
    procedure="renal_cryo",
    approved_on=dt.date(2027, 2, 1),
    active_from=dt.date(2027, 3, 1),
)


def resource(content: ProtocolContent = RENAL, **changes: Any) -> dict[str, Any]:
    return plan_definition(content, replace(PUBLICATION, **changes))


def refusal(text: str) -> list[str]:
    with pytest.raises(CatalogueRefused) as refused:
        read_protocol(text, file="mine.yaml")
    return [str(finding) for finding in refused.value.findings]


# A child's, one under sedation, one that is awake; the others when there is time.
QUICK = {"retinoblastoma_cryo", "renal_cryo", "cryoneurolysis_facet_lumbar"}
EACH_OR_THREE = [
    each if each in QUICK else pytest.param(each, marks=[pytest.mark.slow, pytest.mark.full])
    for each in CONTENTS
]


@pytest.mark.slow
@pytest.mark.parametrize("procedure", EACH_OR_THREE)
def test_every_catalogue_protocol_comes_back_from_its_yaml(procedure: str) -> None:
    content = CONTENTS[procedure]

    read = read_protocol(write_protocol(content, procedure=procedure), file="mine.yaml")

    assert (read.procedure, read.content) == (procedure, content)
    assert read.content.sha256 == content.sha256


@pytest.mark.slow
@pytest.mark.parametrize("procedure", EACH_OR_THREE)
def test_every_catalogue_protocol_comes_back_from_its_plan_definition(procedure: str) -> None:
    content = CONTENTS[procedure]

    read = read_plan_definition(json.dumps(resource(content, procedure=procedure)))

    assert (read.procedure, read.content.sha256) == (procedure, content.sha256)


# Without carriage returns, which YAML has no place for in a paragraph, and without edges, which the reader trims.
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1)
    .map(str.strip)
    .filter(bool)
)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(text=TEXTS)
def test_any_text_comes_back(text: str) -> None:
    step = RENAL.steps[0]
    changed = replace(step, texts=tuple(replace(each, body=text[:4000].strip()) for each in step.texts))
    content = replace(RENAL, steps=(changed,))

    yaml = write_protocol(content, procedure="renal_cryo")

    assert f"code: {step.code}" in yaml


@settings(max_examples=30, derandomize=True, deadline=None)
@given(
    minutes=st.integers(-100_000, 100_000),
    days=st.integers(-60, 3660),
    clock=st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    anchors=st.tuples(st.sampled_from(Anchor), st.sampled_from(Anchor)),
)
def test_any_moment_comes_back(
    minutes: int, days: int, clock: dt.time, anchors: tuple[Anchor, Anchor]
) -> None:
    moments = (
        Moment(anchor=anchors[0], elapsed=dt.timedelta(minutes=minutes)),
        Moment(anchor=anchors[1], days=days, local_time=clock),
    )
    notice = next(notice for step in RENAL.steps for notice in step.notices if notice.when is not None)
    step = next(step for step in RENAL.steps if notice in step.notices)
    for moment in moments:
        changed = replace(step, notices=(replace(notice, when=moment, latest=moment),))
        content = replace(RENAL, steps=(changed,))

        written = resource(content)["action"][-1]["action"][0]

        assert write_protocol(content, procedure="renal_cryo")
        assert written["relatedAction"][0]["actionId"] == f"anchor-{moment.anchor}"


def test_steps_become_actions_with_offsets_audience_and_translations() -> None:
    written = resource()
    actions = {action["id"]: action for action in written["action"]}
    step = RENAL.steps[0]
    notice = step.notices[0]

    action = actions[step.code]

    assert [action["id"] for action in written["action"][:4]] == [
        "anchor-booking",
        "anchor-arrive",
        "anchor-start",
        "anchor-end",
    ]
    assert action["title"] == next(text.title for text in step.texts if text.language == RENAL.languages[0])
    assert [each["id"] for each in action["action"]] == [each.code for each in step.notices]
    assert {each["type"] for each in action["action"][0]["participant"]} <= {"patient", "related-person"}
    assert ("relatedAction" in action["action"][0]) == (notice.when is not None)


def test_texts_in_other_languages_are_translations() -> None:
    step = RENAL.steps[0]
    english = next(text for text in step.texts if text.language == "en")
    spanish = replace(english, language="es", title="Su cita")
    content = replace(
        RENAL, languages=("en", "es"), steps=(replace(step, texts=(english, spanish), notices=()),)
    )

    action = resource(content)["action"][-1]

    assert action["title"] == english.title
    assert action["_title"] == {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/translation",
                "extension": [
                    {"url": "lang", "valueCode": "es"},
                    {"url": "content", "valueString": "Su cita"},
                ],
            }
        ]
    }


def test_resource_says_who_published_what_and_since_when() -> None:
    written = resource(status="in-review", approved_on=None, active_from=None)

    assert (resource()["approvalDate"], resource()["effectivePeriod"]) == (
        "2027-02-01",
        {"start": "2027-03-01"},
    )
    assert (written["status"], written["version"], written["publisher"]) == ("draft", "3", "Northside Clinic")
    assert "approvalDate" not in written


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"resourceType": "Patient"}, "resourceType is Patient"),
        ({"topic": []}, "procedure: "),
        ({"action": []}, "protocol.steps: "),
        ({"action": [{"id": "x", "relatedAction": [{"actionId": 3}]}]}, "action.0.relatedAction.0"),
        ({"title": ""}, "protocol.title: "),
    ],
)
def test_resource_that_is_no_protocol_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(PlanDefinitionRefused) as refused:
        read_plan_definition(json.dumps(resource() | change))

    assert any(each.startswith(reason) for each in refused.value.reasons)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(PlanDefinitionRefused):
        read_plan_definition("<xml/>")


def test_wrong_text_in_a_resource_is_refused() -> None:
    written = resource()
    written["action"][-1]["title"] = "Come at midnight"

    with pytest.raises(PlanDefinitionRefused, match="midnight"):
        read_plan_definition(json.dumps(written))


def test_file_with_a_wrong_text_is_refused_with_its_line() -> None:
    text = write_protocol(RENAL, procedure="renal_cryo")
    title = f"title: {RENAL.steps[0].texts[0].title}"
    line = text[: text.index(title)].count("\n") + 1

    found = refusal(text.replace(title, "title: Come at midnight", 1))

    assert found == [f'mine.yaml:{line}: "midnight" can be misread; say the day and the time']


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "mine.yaml:1: the file is empty"),
        ("procedure: [", "mine.yaml:2: not YAML"),
        ("procedure: renal_cryo\nprotocol:\n  colour: red\n", "mine.yaml:3: protocol.colour: nobody knows"),
    ],
)
def test_file_of_another_shape_is_refused(text: str, finding: str) -> None:
    assert any(each.startswith(finding) for each in refusal(text))


def test_file_for_a_procedure_or_with_a_source_nobody_knows_is_refused() -> None:
    text = write_protocol(RENAL, procedure="renal_cryo")
    fact = DerivedFact(
        name="later", moment=Moment(anchor=Anchor.END, elapsed=dt.timedelta()), as_date=True, source="L99"
    )
    unknown = write_protocol(
        replace(RENAL, derived_facts=(*RENAL.derived_facts, fact)), procedure="renal_cryo"
    )

    assert refusal(text.replace("renal_cryo", "moon_cryo", 1)) == [
        "mine.yaml:1: nobody knows the procedure moon_cryo"
    ]
    assert any(each.endswith("nobody knows the source L99") for each in refusal(unknown))


def test_what_a_file_cannot_say_is_not_written() -> None:
    step = RENAL.steps[0]
    edged = replace(step, texts=tuple(replace(each, body=f" {each.body} ") for each in step.texts))
    between = Moment(anchor=Anchor.END, elapsed=dt.timedelta(seconds=30))
    fact = DerivedFact(name="soon", moment=between, as_date=False, source="ops")

    with pytest.raises(CannotBeWritten):
        write_protocol(replace(RENAL, steps=(edged,)), procedure="renal_cryo")
    with pytest.raises(MomentBetweenMinutes):
        write_protocol(replace(RENAL, derived_facts=(fact,)), procedure="renal_cryo")
