"""Consent, plan, visits, stays and services of a case file, as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccm_core import case_defaults as default
from ccm_core.case_fields import day, known, listed, text, word, words
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.procedure_codes import code_and_modifiers
from ccm_core.records import CONSENT_MODES, STAY_KINDS, CarePlan, Consent, Stay, Visit

Said = Mapping[str, Any]


def consents(said: Said, month: Month, npi: str) -> tuple[Consent, ...]:
    """The consent that is said, a complete one, or none."""
    if "consent" not in said:
        return (default.consent(month, npi),)
    given = said["consent"]
    if given is None:
        return ()
    known(given, ("on", "mode", "elements", "npi", "revoked_on"), "consent")
    start = default.consent(month, npi)
    given_on, revoked_on = day(given, "on") or start.given_on, day(given, "revoked_on")
    if revoked_on is not None and revoked_on < given_on:
        raise UsageError(
            f"consent: revoked_on {revoked_on.isoformat()} lies before on {given_on.isoformat()}."
        )
    return (
        Consent(
            consent_id="consent",
            patient_id=default.PATIENT,
            given_on=given_on,
            mode=word(given, "mode", CONSENT_MODES, start.mode),
            elements=default.consent_elements(given.get("elements")),
            npi=default.npi_of(text(given, "npi", ""), npi),
            revoked_on=revoked_on,
        ),
    )


def care_plans(said: Said, month: Month) -> tuple[CarePlan, ...]:
    """The care plan that is said, a current one, or none."""
    ready = default.care_plan(month)
    if "care_plan" not in said:
        return (ready,)
    given = said["care_plan"]
    if given is None:
        return ()
    known(given, default.PLAN_FIELDS, "care_plan")
    created = day(given, "created_on") or ready.created_on
    copied = day(given, "copy_given_on") if "copy_given_on" in given else created
    return (
        CarePlan(
            plan_id="care-plan",
            patient_id=default.PATIENT,
            created_on=created,
            reviewed_on=day(given, "reviewed_on"),
            copy_given_on=copied,
            signed_by=text(given, "signed_by", "" if "signed_by" in given else ready.signed_by),
            author_credential=text(given, "author", ""),
            elements=frozenset(words(given, "elements")),
            condition_codes=frozenset(words(given, "conditions")),
            is_detailed="elements" in given or "conditions" in given,
            ended_on=day(given, "ended_on"),
        ),
    )


def initiating(said: Said, month: Month, npi: str) -> tuple[Visit, ...]:
    """The initiating visit that is said, one half a year ago, or none."""
    if "initiating_visit" not in said:
        return (default.visit(month, npi),)
    given = said["initiating_visit"]
    if given is None:
        return ()
    known(given, ("on", "code"), "initiating_visit")
    ready = default.visit(month, npi)
    stated = text(given, "code", ready.code).strip().upper()
    # A code that is none begins nothing: the rules say so.
    code, _ = code_and_modifiers(stated) or (stated, ())
    return (Visit("initiating", default.PATIENT, day(given, "on") or ready.on, code, npi),)


def stays(said: Said) -> list[Stay]:
    """Stays with both ends included. Raises: UsageError."""
    found = []
    for index, given in enumerate(listed(said, "stays")):
        known(given, ("kind", "from", "to"), f"stays[{index}]")
        kind = word(given, "kind", STAY_KINDS, "")
        first = day(given, "from")
        if first is None:
            raise UsageError(f'stays[{index}] has no "from". Write the day as YYYY-MM-DD.')
        last = day(given, "to")
        if last is not None and last < first:
            raise UsageError(
                f'stays[{index}] ends on {last.isoformat()}, before its "from" {first.isoformat()}.'
            )
        found.append(Stay(f"stay-{index + 1}", default.PATIENT, kind, first, last))
    return found


def services(said: Said, own: str) -> list[Visit]:
    """Services by anybody, as coded visits. Raises: UsageError."""
    found = []
    for index, given in enumerate(listed(said, "other_services")):
        name = f"other_services[{index}]"
        known(given, ("code", "on", "npi", "modifiers", "place", "kind"), name)
        on, code = day(given, "on"), text(given, "code", "").strip()
        if on is None or not code:
            raise UsageError(f'{name} needs "code" and "on".')
        code, beside = _code(code, name)
        npi, practice = default.rendered_by(text(given, "npi", "same"), own)
        modifiers = (*beside, *(m.upper() for m in words(given, "modifiers")))
        found.append(
            Visit(
                f"service-{index + 1}",
                default.PATIENT,
                on,
                code,
                npi,
                practice,
                tuple(dict.fromkeys(modifiers)),
                text(given, "place", ""),
                text(given, "kind", ""),
            )
        )
    return found


def _code(said: str, name: str) -> tuple[str, tuple[str, ...]]:
    """A code and the modifiers behind it; one that is none would conflict with nothing."""
    found = code_and_modifiers(said)
    if found is None:
        raise UsageError(
            f"{name}: {said!r} is no procedure code. Write the five characters, "
            "for example G0181, and modifiers beside them."
        )
    return found
