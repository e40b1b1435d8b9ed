"""The command plan_case: JSON in, JSON out, exit statuses."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]
CASES = [
    case["input"]
    for case in json.loads(
        (Path(__file__).parent / "preparation/plan_cases.json").read_text(encoding="utf-8")
    )["cases"]
]


def run(text: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int, str]:
    """Return what the command wrote as JSON, its exit status, and its sentence on standard error."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    output = io.StringIO()
    status, sentence = 0, ""
    try:
        call_command("plan_case", stdout=output)
    except CommandError as error:
        status, sentence = error.returncode, str(error)
    return json.loads(output.getvalue() or "null"), status, sentence


def whole_process(text: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "manage.py", "plan_case"], input=text, capture_output=True, check=False, cwd=ROOT
    )


def test_object_gives_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, status, _ = run(json.dumps(CASES[0]).encode(), monkeypatch)

    assert (plan["id"], status) == (CASES[0]["id"], 0)


def test_list_gives_a_list_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    plans, status, _ = run(json.dumps(CASES).encode(), monkeypatch)

    assert [plan["id"] for plan in plans] == [case["id"] for case in CASES]
    assert status == 0


def test_empty_list_gives_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(b"[]", monkeypatch) == ([], 0, "")


@pytest.mark.parametrize(
    ("bad", "named"),
    [(CASES[1] | {"sex": "x"}, CASES[1]["id"]), ({}, None), ({"id": 7}, None), ([], None), (3, None)],
)
def test_refused_case_stands_in_place_and_the_others_are_planned(
    bad: Any, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans, status, _ = run(json.dumps([CASES[0], bad, CASES[2]]).encode(), monkeypatch)

    assert [plan["id"] for plan in plans] == [CASES[0]["id"], named, CASES[2]["id"]]
    assert ["error" in plan for plan in plans] == [False, True, False]
    assert plans[1]["error"]["code"] == "invalid_input"
    assert status == 2


def test_refused_object_is_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal, status, _ = run(b'{"id": "x"}', monkeypatch)

    assert (refusal["id"], refusal["error"]["code"], status) == ("x", "invalid_input", 2)


@pytest.mark.parametrize(
    "text", [b"", b"not json", b"\xff\xfe", b'{"id": NaN}', b"[" * 100_000, b"[" + b"9" * 5000 + b"]"]
)
def test_text_that_is_not_json_gives_a_sentence(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    written, status, sentence = run(text, monkeypatch)

    assert (written, status) == (None, 2)
    assert sentence == "The text on standard input is not JSON."


@pytest.mark.slow
def test_whole_process_says_the_same_as_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps([*CASES[:3], {}]).encode()

    process = whole_process(text)

    assert json.loads(process.stdout) == run(text, monkeypatch)[0]
    assert (process.returncode, process.stderr.decode().strip().splitlines()[-1]) == (
        2,
        "CommandError: 1 of the cases were refused; see their errors.",
    )


@pytest.mark.full
def test_thousand_cases_take_no_three_seconds() -> None:
    text = json.dumps([CASES[number % len(CASES)] for number in range(1000)]).encode()
    before = time.perf_counter()

    process = whole_process(text)

    assert len(json.loads(process.stdout)) == 1000
    assert time.perf_counter() - before < 3.0
