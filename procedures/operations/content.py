"""A protocol's content as rows: the reverse of `procedures.models.reading`."""

import datetime as dt
from dataclasses import asdict

from procedures.catalogue import ProtocolContent
from procedures.models import Protocol, ProtocolDerivedFact, ProtocolNotice, ProtocolStep
from procedures.steps import DerivedFact, Moment, Notice, Step

ONE_MINUTE = dt.timedelta(minutes=1)


def replace_content(protocol: Protocol, content: ProtocolContent) -> None:
    """
    Make the draft's steps, notices, derived facts and care those of `content`; the caller holds a transaction.

    :raises IntegrityError: if the protocol has left draft
    """
    protocol.care = asdict(content.care)
    protocol.save(update_fields=["care"])
    ProtocolStep.objects.filter(protocol=protocol).delete()
    ProtocolDerivedFact.objects.filter(protocol=protocol).delete()
    ProtocolDerivedFact.objects.bulk_create(_fact_row(protocol, fact) for fact in content.derived_facts)
    rows = [_step_row(protocol, step, position=index) for index, step in enumerate(content.steps, start=1)]
    ProtocolStep.objects.bulk_create(rows)
    ProtocolNotice.objects.bulk_create(
        _notice_row(row, notice)
        for row, step in zip(rows, content.steps, strict=True)
        for notice in step.notices
    )


def _fact_row(protocol: Protocol, fact: DerivedFact) -> ProtocolDerivedFact:
    return ProtocolDerivedFact(
        protocol=protocol,
        name=fact.name,
        anchor=fact.moment.anchor.value,
        elapsed=fact.moment.elapsed,
        days=fact.moment.days,
        local_time=fact.moment.local_time,
        as_date=fact.as_date,
        source=fact.source,
    )


def _step_row(protocol: Protocol, step: Step, *, position: int) -> ProtocolStep:
    return ProtocolStep(
        protocol=protocol,
        position=position,
        code=step.code,
        section=step.section,
        conditions=list(step.conditions),
        subject=step.subject,
        days=None if step.days is None else asdict(step.days),
        source=step.source,
        texts={text.language: {"title": text.title, "body": text.body} for text in step.texts},
    )


def _notice_row(step: ProtocolStep, notice: Notice) -> ProtocolNotice:
    return ProtocolNotice(
        protocol=step.protocol,
        step=step,
        code=notice.code,
        trigger=notice.trigger.value,
        when=None if notice.when is None else _stored(notice.when),
        latest=None if notice.latest is None else _stored(notice.latest),
        purpose=notice.purpose.value,
        safety=notice.safety.value,
        # Sorted, because the database compares them as written.
        audiences=sorted(audience.value for audience in notice.audiences),
        answer=notice.answer.value,
        gate=notice.gate.value,
        facts=list(notice.facts),
        channels=list(notice.channels),
        texts={
            text.language: {"sms": text.sms, "subject": text.subject, "email": text.email}
            for text in notice.texts
        },
    )


def _stored(moment: Moment) -> dict[str, str | int]:
    if moment.elapsed is not None:
        return {"anchor": moment.anchor.value, "elapsed_minutes": moment.elapsed // ONE_MINUTE}
    return {
        "anchor": moment.anchor.value,
        "days": moment.days or 0,
        "local_time": f"{moment.local_time or dt.time():%H:%M}",
    }
