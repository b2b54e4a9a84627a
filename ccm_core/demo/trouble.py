"""The mess that practices have, put on top of an orderly year.

Each story is told once at least in the closed months, so that every rule which
recorded data can break is broken somewhere; the frequent ones come back each month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ccm_core.demo import trouble_charts as chart_
from ccm_core.demo import trouble_claims as claim
from ccm_core.demo import trouble_people as person
from ccm_core.demo import trouble_services as service
from ccm_core.demo import trouble_time as log
from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart, Span
from ccm_core.months import Month

Story = Callable[[Diary, Chart, Month], None]
_ENOUGH_SECONDS, _MODEST_SECONDS = 1_320, 2_400

# Told once, so many months before the current one.
_ONCE: tuple[tuple[int, Story], ...] = (
    (9, chart_.consent_lost), (5, chart_.worked_after_revocation), (4, chart_.part_b_ended),
    (6, chart_.medicare_is_second), (8, chart_.died_mid_month), (3, chart_.died_mid_month),
    (7, chart_.snomed_only), (2, chart_.in_model), (1, chart_.nobody_bills),
    (1, chart_.risk_not_written), (1, chart_.not_confirmed), (1, chart_.not_confirmed),
    (1, chart_.visit_too_small), (1, chart_.visit_missing), (2, chart_.visits_unknown),
    (8, service.hospital), (4, service.hospital), (1, service.hospital),
    (6, service.whole_month), (5, service.hospice_for_days), (9, service.home_health),
    (2, service.home_health), (3, service.assisted_living), (7, service.wellness),
    (3, service.wellness), (1, service.wellness), (6, service.specialist_pcm),
    (2, service.monitored), (1, service.monitored),
    (4, log.two_at_once), (1, log.two_at_once), (7, log.past_midnight), (3, log.abroad),
    (2, log.abroad), (1, log.abroad), (5, log.at_the_desk), (1, log.at_the_desk),
    (2, log.late_with_reason), (6, log.forgotten_timer), (8, log.nobody), (2, log.equal),
    (5, log.equal), (9, chart_.plan_narrow), (1, log.in_person), (4, log.in_person),
    (2, log.prior_authorization), (3, service.admitted_after_call), (6, log.on_paper),
    (2, service.transition_before), (5, service.transition_before), (2, chart_.code_too_short),
    (1, service.no_discharge),
)  # fmt: skip
# Told again and again, in turn: the first kind blocks a month, the second asks for a look.
_BLOCKING: tuple[Story, ...] = (
    chart_.right_to_stop_missing, service.oversight, chart_.consent_for_colleague,
    service.hospice, service.apcm, service.dialysis, chart_.part_b_ended,
)  # fmt: skip
_ASKING: tuple[Story, ...] = (
    chart_.copy_not_given, log.vague, log.late, service.other_practice, service.transition,
    chart_.plan_unsigned, log.empty, service.nursing_days, chart_.points_not_recorded,
    log.repeated, service.call_on_visit_day, log.unlisted, service.wellness_marked,
    chart_.plan_narrow,
)  # fmt: skip
# They pass with the month; all others change the chart.
_PASSING = frozenset({
    log.vague, log.late, log.empty, log.repeated, log.unlisted, log.two_at_once, log.past_midnight,
    log.abroad, log.at_the_desk, log.late_with_reason, log.forgotten_timer, log.nobody, log.equal,
    service.other_practice, service.transition, service.nursing_days, service.call_on_visit_day,
    service.wellness_marked, service.oversight, service.dialysis, service.apcm, service.hospital,
    service.hospice_for_days, service.home_health, service.wellness, service.specialist_pcm,
    service.transition_before, service.monitored, service.admitted_after_call, log.in_person,
    log.prior_authorization, log.on_paper,
})  # fmt: skip
_BLOCKING_SHARE, _ASKING_SHARE = 0.026, 0.055
# Habits: the person (by place in the team), the month before the current one, the habit.
_HABITS = (
    (4, 2, person.multiples_of_five), (4, 6, person.multiples_of_five), (2, 5, person.one_length),
    (0, 3, person.just_above), (3, 4, person.month_end), (1, 2, person.copied),
    (2, 8, person.copied), (1, 1, person.on_two_patients), (0, 6, person.on_two_patients),
    (2, 7, person.impossible_day),
)  # fmt: skip


def before_billing(book: Diary, charts: list[Chart]) -> None:
    """Trouble with charts, time and services."""
    for place, story in _ONCE:
        _tell(book, charts, place, story)
    for staff, place, habit in _HABITS:
        month = book.span.month(place)
        if month is not None:
            habit(book, charts, month, book.team.managers[staff].staff_id)
    _facility_billed(book, charts)
    for place in range(1, len(book.span.months)):
        month = book.span.month(place)
        assert month is not None
        reached = sum(c.seconds_in(month) >= _ENOUGH_SECONDS for c in charts)
        for share, stories in ((_BLOCKING_SHARE, _BLOCKING), (_ASKING_SHARE, _ASKING)):
            for number in range(round(reached * share)):
                turn = place * 3 + number
                _tell(book, charts, place, stories[turn % len(stories)])


def _facility_billed(book: Diary, charts: list[Chart]) -> None:
    """A hospital clinic billed a month that earned us nothing (L14)."""
    month = book.span.month(3)
    for c in charts if month is not None else ():
        assert month is not None
        if c.is_quiet(month) and c.kind == "plain" and 0 < c.seconds_in(month) < 1_100:
            c.told.add(month)
            service.facility_claim(book, c, month)
            return


def _tell(book: Diary, charts: list[Chart], place: int, story: Story) -> None:
    """Let the story happen to the first chart that fits."""
    month = book.span.month(place)
    is_lasting = story not in _PASSING
    found = next(_fit(charts, book.span, place, is_lasting=is_lasting), None)
    if month is None or found is None:
        return
    found.told.add(month)
    if is_lasting:
        found.story = story.__name__
    story(book, found, month)


def _fit(charts: list[Chart], span: Span, place: int, *, is_lasting: bool) -> Iterator[Chart]:
    """Ordinary charts that reached the threshold in that month and wait for a story.

    Those that enrolled last come first, so that what is never mended stays short.
    """
    month = span.month(place)
    for c in _newest_first(charts, month):
        assert month is not None
        if not c.is_quiet(month) or not _ENOUGH_SECONDS <= c.seconds_in(month) < _MODEST_SECONDS:
            continue
        if c.kind == "plain" and len(c.entries[month]) > 1 and (not is_lasting or _is_plain(c)):
            yield c


def _newest_first(charts: list[Chart], month: Month | None) -> list[Chart]:
    """Charts enrolled, planned and covered before the month."""
    ready = [
        c
        for c in charts
        if month is not None
        and c.enrolled_on
        and c.enrolled_on < month.first_day
        and c.plans
        and c.plans[0].created_on < month.first_day
        and c.payers
    ]
    return sorted(ready, key=lambda c: (c.enrolled_on, c.patient_id), reverse=True)


def _is_plain(c: Chart) -> bool:
    """Nothing told yet, no leave, one consent, and Medicare pays."""
    is_medicare = c.payers[0].kind == "medicare"
    return not c.told and c.left_on is None and is_medicare and len(c.consents) == 1


_Spoiling = tuple[int, claim.Mend, tuple[str, ...], str]
_SPOILED: tuple[_Spoiling, ...] = (
    (9, claim.coded(c99487=1), ("CO-150",), "plain"),
    (8, claim.coded(c99490=1, c99439=2), ("CO-151", "N362"), "plain"),
    (7, claim.coded(c99490=1, cG2058=1), ("CO-181",), "plain"),
    (6, claim.coded(c99487=1, c99490=1), ("CO-97", "M15"), "plain"),
    (5, claim.coded(c99439=1), ("CO-B15", "N122"), "plain"),
    (4, claim.coded(c99490=1, c99439=3), ("CO-151", "N362"), "plain"),
    (6, claim.coded(c99426=1, c99427=3), ("CO-151",), "pcm"),
    (8, claim.wrong_year, ("CO-29",), "plain"),
    (9, claim.too_early, (), "plain"),
    (7, claim.changed(place="02"), ("CO-5", "M77"), "plain"),
    (5, claim.changed(modifiers=("95",)), ("CO-4",), "plain"),
    (6, claim.one_diagnosis, ("CO-16", "M76"), "plain"),
    (3, claim.wrong_npi, ("CO-16", "N290"), "plain"),
    (4, claim.planning_again, ("CO-119",), "again"),
    (3, claim.on_oversight_day, ("CO-236",), "plain"),
    (7, claim.on_dialysis_day, ("CO-236",), "plain"),
    (3, claim.on_visit_day, ("CO-97", "N20"), "99487"),
    (8, claim.after_death, ("CO-13",), "died_mid_month"),
    (8, claim.in_hospital, ("CO-58",), "stay"),
    (5, claim.sent_twice, (), "plain"),
    (2, claim.before_the_day, (), "plain"),
    (4, claim.changed(modifiers=("59",)), ("CO-4",), "plain"),
    (6, claim.coded(cG0558=1), ("CO-150",), "plain"),
    (5, claim.coded(cG0556=1), (), "plain"),
    (3, claim.apcm_unseen, ("CO-150",), "plain"),
)


def after_billing(book: Diary, charts: list[Chart]) -> None:
    """Trouble with claims."""
    for place, mend, denied_as, wanted in _SPOILED:
        month = book.span.month(place)
        found = next(_billed(charts, book.span, place, wanted), None)
        if month is not None and found is not None:
            found.told.add(month)
            claim.spoil(found, month, book.span, mend, denied_as)
    _unearned(book, charts)
    _billed_less(book, charts)


def _billed(charts: list[Chart], span: Span, place: int, wanted: str) -> Iterator[Chart]:
    """Charts with a claim in that month that suit the trouble."""
    month = span.month(place)
    for c in charts if month is not None else ():
        assert month is not None
        sent = claim.standing(c, month)
        if sent and _suits(c, month, wanted, sent[0].code):
            yield c


def _suits(c: Chart, month: Month, wanted: str, code: str) -> bool:
    """Whether a chart has the story, the kind, the code or the past that is wanted."""
    if wanted == "stay":
        return any(s.kind == "hospital" and s.from_on in month for s in c.stays)
    if wanted == "again":
        before = claim.standing(c, month.previous)
        is_alive = bool(before) and before[0].status in ("submitted", "paid")
        return is_alive and c.kind == "plain" and c.is_quiet(month)
    return wanted == c.story or (c.is_quiet(month) and wanted in (c.kind, code))


def _unearned(book: Diary, charts: list[Chart]) -> None:
    """A claim below the threshold (T04), and PCM without any chronic condition (E08)."""
    month = book.span.month(7)
    if month is None:
        return
    short = (c for c in charts if c.is_quiet(month) and 0 < c.seconds_in(month) < 1_200)
    found = next((c for c in short if c.kind == "plain"), None)
    if found is not None:
        found.told.add(month)
        claim.made_up(found, month, book.span, {"99490": 1})
    other = next((c for c in charts if c.patient.status == "ineligible" and not c.story), None)
    if other is not None:
        other.story = "no_condition"
        other.conditions = [k for k in other.conditions if not k.is_chronic]
        claim.made_up(other, month, book.span, {"99426": 1})


def _billed_less(book: Diary, charts: list[Chart]) -> None:
    """Only the base code was billed although the minutes earned more (M01)."""
    month = book.span.month(2)
    for c in charts if month is not None else ():
        assert month is not None
        old = claim.standing(c, month)
        if c.is_quiet(month) and len(old) == 2 and old[0].code == "99490":
            c.told.add(month)
            c.claims = [k for k in c.claims if k is not old[1]]
            return
