"""Random practices in which patients are twins: alike but for a record or a field.

What months share is kept by what decides it, so the worst enemy of a kept answer is a month that
differs from another in one thing alone. A practice is drawn from a few charts, each taken by many
patients, most of them with nothing or one thing bent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, timedelta
from typing import Any

from ccm_core import overlay
from ccm_core import records as r
from ccm_core.months import Month
from ccm_core.record_ids import SAME_BY
from tests.bench import made
from tests.engine import any_values as v
from tests.engine.any_bends import NAMELESS, Bending
from tests.engine.plain_charts import ALL, NOTES, OTHER

ZONES = (
    "America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam",
)  # fmt: skip


@dataclass(frozen=True)
class AnyPractice:
    """A practice's records, and how its month is to be judged."""

    practice: r.Practice
    month: Month
    policy: str | None
    fees: overlay.Overlay
    found: list[Any]


def any_practice(seed: int, patients: int, like: AnyPractice | None = None) -> AnyPractice:
    """A random practice; ``like`` another one: other patients of the same practice."""
    chance = random.Random(seed)
    if like is None:
        month = Month(
            chance.choice((2024, 2025, 2026, chance.choice((2016, 2021, 2027)))),
            chance.choice((1, 2, 2, 3, 3, 4, 6, 10, 11, 11, 12)),
        )
        practice = r.Practice(
            f"any{seed}", "Some practice", chance.choice(ZONES),
            chance.choice(("office", "office", "office", "facility", "rhc", "fqhc")),
            chance.choice(("national", "09102-04", "01112-05", "nowhere")),
            chance.choice(v.STATES), made.NPI, policy=chance.choice(("baseline", "strict")),
            preference=chance.choice(("natural", "highest")),
            access_proof_on=chance.choice((None, month.plus(-3).first_day)),
        )  # fmt: skip
        policy = chance.choice((None, None, "baseline", "strict"))
        like = AnyPractice(practice, month, policy, _contracts(practice, chance), [])
    found = _Drawing(chance, like).patients(patients)
    return replace(like, found=found)


def _contracts(practice: r.Practice, chance: random.Random) -> overlay.Overlay:
    """Amounts that some payers agreed to, for some codes or as a share of Medicare's."""
    if chance.random() < 0.4:
        return overlay.EMPTY
    common = {
        "payer": "", "number": "1", "begins_on": "0001-01-01", "valid_from": "0001-01-01",
        "valid_to": chance.choice(("9999-12-31", "2025-03-31")), "source_id": "import-0",
        "pinpoint": "version 1",
    }  # fmt: skip
    rows = {}
    for payer in chance.sample((*r.PAYER_KINDS[1:], *v.PLANS[1:]), 3):
        some = [
            common | {"code": code, "amount_usd": f"{chance.randint(20, 99)}.5", "multiple": ""}
            for code in chance.sample(v.CLAIMED, 4)
        ]
        share = common | {"code": "", "amount_usd": "", "multiple": chance.choice(("1.2", "0.85"))}
        rows[f"{practice.practice_id}|{payer}"] = (*some, *chance.choice(((), (share,))))
    return overlay.Overlay(f"any-{practice.practice_id}", {"payer_amounts": rows})


class _Drawing:
    """Draws patients of one practice."""

    def __init__(self, chance: random.Random, like: AnyPractice) -> None:
        self.chance, self.month = chance, like.month
        self.npi = chance.choice((made.NPI, made.NPI, made.NPI, *v.NPIS))
        self.bends = Bending(chance, like.month, like.practice.time_zone, self.npi)

    def patients(self, number: int) -> list[Any]:
        """The records of so many patients, of one who has none, and some of nobody known."""
        chance, bends = self.chance, self.bends
        charts = [self._chart() for _ in range(chance.choice((2, 4, 8, 24)))]
        charts += [bends.bent(one) for one in charts[::3]]
        often = chance.choice(((0, 0, 0, 1), (0, 1, 1, 2), (0, 1, 1), (0, 1, 2, 3)))
        # Whoever shares a diary with others works on two of these twins at once: a signal.
        people = max(1, number // chance.choice((1, 1, 1, 1, 1, 1, 5, 20)))
        found: list[Any] = [r.Patient("-nothing", practitioner_npi=self.npi)]
        for place in chance.sample(range(number), number):
            own = chance.choice(charts)
            for _ in range(chance.choice(often)):
                own = bends.bent(own)
            patient_id = f"{chance.choice(v.BEGINNINGS)}{place:05d}"
            found += _named(own, patient_id, f"s{place % people}")
        found += [bends.extra("!nobody"), bends.extra("~nobody")]
        return list({_key(one): one for one in found}.values())

    # One chart

    def _chart(self) -> list[Any]:
        """A patient with nothing odd, or with what is odd in many practices."""
        chance, first, npi = self.chance, self.month.first_day, self.npi
        is_clean = chance.random() < 0.6

        def some(*ways: Any) -> Any:
            return ways[0] if is_clean else chance.choice(ways)

        begun = first - timedelta(days=some(300, 20, 200, 340, 500, 900))
        payer = chance.choice(("medicare", "medicare", *r.PAYER_KINDS)), chance.choice(v.PLANS)
        codes = chance.sample(v.CONDITIONS, some(2, 1, 3))
        found = [
            r.Patient(NAMELESS, state=chance.choice(v.STATES), practitioner_npi=npi,
                      status="consented", is_new=some(False, None, True),
                      risk_documented_on=some(begun, None)),
            r.StatusChange(NAMELESS, "consented", begun),
            *(r.Condition(f"c{n}", NAMELESS, code, is_chronic=True, group=group,
                          confirmed_by=some("x", "")) for n, (code, group) in enumerate(codes)),
            r.CarePlan("p", NAMELESS, begun, first - timedelta(days=some(90, 20)),
                       some(begun, None), some("x", "")),
            r.Payer("y", NAMELESS, *payer, is_qmb=chance.random() < 0.2),
            r.Visit("v", NAMELESS, begun - timedelta(days=some(100, 5, 364, 366, 0)),
                    some("99214", "99211", "G0439", ""), some(npi, "", OTHER)),
        ]  # fmt: skip
        if some(True, True, False):
            mode = some("written", "verbal")
            found.append(r.Consent("k", NAMELESS, begun, mode, ALL, npi))
        if chance.random() < 0.3:
            found.append(r.Complexity(NAMELESS, self.month, chance.choice(r.MDM_LEVELS)))
        claimed = self.bends.claim() if chance.random() < 0.4 else ()
        return [*found, *self._log(some), *claimed]

    def _log(self, some: Callable[..., Any]) -> Iterator[r.TimeEntry]:
        chance, last = self.chance, self.month.last_day.day
        actor = chance.choice(("clinical_staff",) * 4 + ("practitioner",))
        length, apart = chance.choice((200, 300, 450, 600, 900, 1_200)), chance.choice((3, 4, 5))
        for n in range(chance.choice((0, 1, 2, 3, 4, 4, 5, 6))):
            on = self.month.first_day + timedelta(days=(2 + n * apart) % last)
            yield r.TimeEntry(
                f"t{n}", NAMELESS, self.bends.at(on, chance.randint(8, 16), chance.randrange(60)),
                length + chance.choice((0, 0, 1, 20, 61, 130)), actor, "s",
                some("", "call"), note=NOTES[n % len(NOTES)] + some("", NOTES[0]),
                is_contact=some(True, None, False),
            )  # fmt: skip


def _key(one: Any) -> tuple[Any, ...]:
    return type(one), *(getattr(one, name) for name in SAME_BY[type(one)])


def _named(own: list[Any], patient_id: str, staff_id: str) -> Iterator[Any]:
    """The records as those of a patient, and of the person who cares for them."""
    for one in own:
        ids = {f.name for f in fields(one)} & v.IDS
        said: dict[str, Any] = {name: f"{patient_id}-{getattr(one, name)}" for name in ids}
        if isinstance(one, r.TimeEntry) and one.staff_id == "s":
            said["staff_id"] = staff_id
        # Two moments of one zone differ by the wall's clock: stores and files hold UTC.
        said |= {name: at and at.astimezone(UTC) for name, at in _moments(one)}
        yield replace(one, patient_id=patient_id, **said)


def _moments(one: Any) -> list[tuple[str, Any]]:
    some = ("started_at", "recorded_at") if isinstance(one, r.TimeEntry) else ()
    return [(name, getattr(one, name)) for name in some]
