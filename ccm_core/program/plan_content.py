"""What a care plan says: its parts, the hash of its words, and what changed between two."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from ccm_core.errors import UsageError
from ccm_core.months import said_day

MOST_LETTERS = 4000
MOST_PROBLEMS = 40

WHOLE_PERSON = {
    "cognitive_functional": "Memory, mood and daily activities",
    "medication": "Medicines",
    "environment": "Home and surroundings",
    "caregiver": "Caregiver",
    "community_services": "Community and social services",
    "coordination": "Other practitioners and agencies",
}
"""Elements about the patient as a whole, one text each."""

OF_PROBLEM = {
    "outcome": "Expected outcome and prognosis",
    "goals": "Goals, one on each line, each with a number or a day",
    "interventions": "What is done, one on each line",
    "symptoms": "Warning signs and what to do, one on each line",
    "responsible": "Responsible person",
}
_ELEMENT_OF = {
    "outcome": "outcome_prognosis", "goals": "measurable_goals", "interventions": "interventions",
    "symptoms": "symptom_management", "responsible": "responsible_person",
}  # fmt: skip
_MEASURE = re.compile(r"\d")
_BLANK = re.compile(r"\[[^\]\n]*\]")
"""A place in square brackets, as the templates leave it for a person to fill."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One condition of the plan. Lists are texts with one item on each line."""

    code: str
    label: str
    outcome: str = ""
    goals: str = ""
    interventions: str = ""
    symptoms: str = ""
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """One care plan in words."""

    problems: tuple[Problem, ...] = ()
    whole: Mapping[str, str] = field(default_factory=dict)
    """Texts of WHOLE_PERSON by element."""
    review_on: date | None = None

    @property
    def elements(self) -> frozenset[str]:
        """Which of the typical elements the plan has: a part counts when all problems have it."""
        found = {name for name in WHOLE_PERSON if is_filled(self.whole.get(name, ""))}
        if self.problems:
            found.add("problem_list")
            for part, element in _ELEMENT_OF.items():
                if all(is_filled(getattr(p, part)) for p in self.problems):
                    found.add(element)
        if "measurable_goals" in found and self.vague_goals():
            found.discard("measurable_goals")
        if self.review_on is not None:
            found.add("review_schedule")
        return frozenset(found)

    def blanks(self) -> tuple[str, ...]:
        """Lines of a template that nobody has filled in yet."""
        return tuple(line for _, line in self.lines() if _BLANK.search(line))

    def vague_goals(self) -> tuple[str, ...]:
        """Goals without any number or day: nobody could say whether they were reached."""
        lines = (line for p in self.problems for line in items(p.goals))
        return tuple(line for line in lines if not _MEASURE.search(line))

    def lines(self) -> Iterator[tuple[str, str]]:
        """Every line of the plan with the heading it stands under."""
        for problem in self.problems:
            title = f"{problem.label} ({problem.code})" if problem.code else problem.label
            yield title, title
            for part, said in OF_PROBLEM.items():
                for line in items(getattr(problem, part)):
                    yield f"{title}: {said.split(',')[0].lower()}", line
        for name, said in WHOLE_PERSON.items():
            for line in items(self.whole.get(name, "")):
                yield said, line
        if self.review_on is not None:
            yield "Next review", said_day(self.review_on)


def is_filled(text: str) -> bool:
    """Whether a text says something and has no blank of a template left."""
    return bool(text.strip()) and not _BLANK.search(text)


def items(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def as_json(content: PlanContent) -> dict[str, Any]:
    """As it is stored: plain values, line ends alike, nothing that says nothing."""
    return {
        "problems": [
            {name: _plain(text) for name, text in asdict(problem).items()}
            for problem in content.problems
        ],
        "whole": {n: _plain(content.whole.get(n, "")) for n in WHOLE_PERSON},
        "review_on": content.review_on.isoformat() if content.review_on else "",
    }


def from_json(stored: Mapping[str, Any]) -> PlanContent:
    """The plan again."""
    names = tuple(Problem.__dataclass_fields__)
    return PlanContent(
        tuple(Problem(**{n: p.get(n, "") for n in names}) for p in stored.get("problems", ())),
        {n: stored.get("whole", {}).get(n, "") for n in WHOLE_PERSON},
        date.fromisoformat(stored["review_on"]) if stored.get("review_on") else None,
    )


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def content_sha256(patient_id: str, number: int, stored: Mapping[str, Any]) -> str:
    """SHA-256 over whose plan it is, which version, and every word of it."""
    said = {"patient_id": patient_id, "number": number, "content": stored}
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def check(content: PlanContent) -> None:
    """Refuse a plan that cannot be kept. Raises: UsageError."""
    if not content.problems:
        raise UsageError("A care plan was to be saved without a condition; choose at least one.")
    if len(content.problems) > MOST_PROBLEMS:
        raise UsageError(f"A care plan has at most {MOST_PROBLEMS} conditions; leave some out.")
    texts = [text for p in content.problems for text in asdict(p).values()]
    if any(len(text) > MOST_LETTERS for text in (*texts, *content.whole.values())):
        raise UsageError(f"A part of the plan is longer than {MOST_LETTERS} characters; shorten.")
    if any("\0" in text for text in (*texts, *content.whole.values())):
        raise UsageError("A part of the plan holds a character that cannot be kept; retype it.")


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that only one of two versions has."""

    heading: str
    before: str
    after: str


def differences(before: PlanContent, after: PlanContent) -> tuple[Difference, ...]:
    """Line by line: what was taken out, what came in; nothing for equal plans."""
    old, new = list(before.lines()), list(after.lines())
    found: list[Difference] = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind != "equal":
            found += [Difference(heading, line, "") for heading, line in old[a0:a1]]
            found += [Difference(heading, "", line) for heading, line in new[b0:b1]]
    return tuple(found)
