"""How dates, minutes, money and numbers are written, the same on every page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from ccm_core import workdays
from ccm_core.errors import TableError
from ccm_core.months import Month, said_day, said_text, time_zone
from ccm_core.records import TimeEntry
from ccm_core.sources import source

NOTHING = "\u2013"
"""Shown where a value is not known; never an empty cell, which could mean zero."""

DAY_FIELD = "MM/DD/YYYY"
"""How every field for a day is filled in: the way in which the country writes dates."""

_TO_THE_CENT, _TO_THE_DOLLAR = Decimal(100_000), Decimal(10_000_000)

_OF_TABLES = (
    "A table of rules or fees cannot be read, so this cannot be worked out. "
    "Give your administrator this sentence: "
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


POLICIES = {"baseline": "Medicare baseline", "strict": "Program guide (strict)"}


CONFIDENCE = {
    "VP": "primary text (VP)", "VM": "text of a Medicare contractor (VM)",
    "VS": "secondary source (VS)", "MEM": "not re-read (MEM)",
    "CONTRA": "sources differ (CONTRA)", "DER": "derived by this project (DER)",
}  # fmt: skip
"""How far a source could be verified."""


_AS_WRITTEN = {"Of": "of", "Nyc": "NYC", "Nj": "NJ", "Dc": "DC", "Md": "MD", "Va": "VA"}
_SMALL = re.compile(rf"\b({'|'.join(_AS_WRITTEN)})\b")
"""Short words of localities' names that are no ordinary words."""


def policy(name: str) -> str:
    """``Medicare baseline``; a policy without a name of its own by its word."""
    return POLICIES.get(name, name)


def day(on: date | None) -> str:
    """``21 Nov 2026``."""
    return said_day(on) if on else NOTHING


def moment(at: datetime | None, zone: str) -> str:
    """``21 Nov 2026, 14:05`` on the clocks of the practice."""
    if at is None:
        return NOTHING
    here = at.astimezone(time_zone(zone))
    return f"{day(here.date())}, {here:%H:%M}"


def to_the_second(at: datetime, zone: str) -> str:
    """``21 Nov 2026, 14:05:09``, where the order of entries matters."""
    return f"{moment(at, zone)}:{at:%S}"


def began(at: datetime, zone: str, *, is_known: bool) -> str:
    """When work began; of a day without an hour only the day, and that no hour was recorded."""
    return moment(at, zone) if is_known else f"{day_at(at, zone)}, time not recorded"


def began_of(entry: TimeEntry, zone: str) -> str:
    """The same of a time entry."""
    return began(entry.started_at, zone, is_known=entry.is_start_known)


def day_at(at: datetime | None, zone: str) -> str:
    """The day of a moment on the calendar of the practice."""
    return day(at.astimezone(time_zone(zone)).date()) if at else NOTHING


def month(of: Month) -> str:
    """``November 2026``."""
    return f"{_MONTHS[of.month - 1]} {of.year}"


def month_short(of: Month) -> str:
    """``Nov 2026``, for a list with many columns."""
    return f"{_MONTHS[of.month - 1][:3]} {of.year}"


def month_number(short: str) -> int:
    """11 of ``Nov``; 0 of what begins no month."""
    return next((n for n, name in enumerate(_MONTHS, 1) if name[:3] == short), 0)


def span(seconds: int) -> str:
    """Time to the second, so that parts add up to their sum: ``3 min 30 s``."""
    whole, rest = divmod(seconds, 60)
    if not rest:
        return f"{whole:,} min"
    return f"{whole:,} min {rest} s" if whole else f"{rest} s"


def minutes(seconds: int | None) -> str:
    """``17 min``: whole minutes that are full, as they are billed."""
    return NOTHING if seconds is None else f"{seconds // 60:,} min"


def usd(amount: Decimal | None, *, is_estimate: bool = False) -> str:
    """``$1,234.50``, and whether it is an estimate."""
    if amount is None:
        return NOTHING
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}{' (estimate)' if is_estimate else ''}"


def holidays(of: Month, today: date) -> str:
    """Which days until the month's end are no workdays, and what the table does not know."""
    span = max(today, of.first_day), of.last_day
    days = [f"{one.name} ({day(one.on)})" for one in workdays.holidays(*span)]
    told = []
    if days:
        told.append(f"Not counted: {listed(days)}. If the practice works then, there is more time.")
    if years := [str(year) for year in workdays.uncovered(*span)]:
        told.append(f"Federal holidays of {listed(years)} are not in the tables: none is left out.")
    return " ".join(told)


def usd_in_short(amount: Decimal | None) -> str:
    """Dollars that fit into a card: ``$9,188.10``, ``$107,233`` and ``$12.3 million``."""
    if amount is None or abs(amount) < _TO_THE_CENT:
        return usd(amount)
    if abs(amount) < _TO_THE_DOLLAR:
        return usd(amount.quantize(Decimal(1))).removesuffix(".00")
    return f"{usd((amount / 1_000_000).quantize(Decimal('0.1')))[:-1]} million"


def number(of: int | None) -> str:
    """``12,345``."""
    return NOTHING if of is None else f"{of:,}"


def share(of: Decimal | None) -> str:
    """``84 %`` of a share between 0 and 1."""
    return NOTHING if of is None else f"{of * 100:.0f}%"


def change(of: int | None) -> str:
    """``+3``, ``-2`` or ``no change``."""
    if of is None:
        return NOTHING
    return f"{of:+,}" if of else "no change"


def many(of: int, one: str, more: str = "") -> str:
    """``1 patient``, ``12 patients``."""
    return f"{of:,} {one if of == 1 else more or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """``a, b and c``, with underscores read as spaces."""
    all_words = [word.replace("_", " ") for word in words]
    if len(all_words) < 2:
        return "".join(all_words) or NOTHING
    return f"{', '.join(all_words[:-1])} and {all_words[-1]}"


def sentence(text: str) -> str:
    """A stored word as it stands in a sentence's beginning: ``Home health``."""
    plain_text = text.replace("_", " ").strip()
    return plain_text[:1].upper() + plain_text[1:]


def cited(cite: str) -> str:
    """A source as a list names it: who says so, where, and the place in it."""
    found = source(cite)
    place = f" ({found.pinpoint})" if found.pinpoint else ""
    return f"{found.authority}: {found.title}{place}"


def payer(kind: str) -> str:
    """A kind of payer by its name: ``Medicare Advantage``, ``Commercial``."""
    return sentence(kind).replace("Medicare advantage", "Medicare Advantage")


def place(text: str) -> str:
    """A locality's name as CMS writes it, in ordinary letters: ``Rest of New York``."""
    return _SMALL.sub(lambda found: _AS_WRITTEN[found[0]], text.title())


def name(family: str, given: str) -> str:
    """``Rivera, Ana``."""
    return ", ".join(part for part in (family, given) if part) or "(no name)"


_BECOMES_MORE = re.compile(
    r"(?<=http)(?=s?://)|(?<=www)(?=\.)|(?<=[-.+\w])(?=@[-\w])|(?<=:)(?=(?:material/|streamlit:))",
    re.IGNORECASE,
)
"""Where an address, a mail address or an icon's name is cut: the browser makes links and icons
of them after it has read the backslashes."""
_JOINER = "\u2060"
"""Nobody sees it, and no line breaks there."""


def plain(text: str) -> str:
    """Stored text that Markdown shows as it is: no markup, and no link that leads elsewhere."""
    flat = _BECOMES_MORE.sub(_JOINER, " ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in flat)


def refused(why: object) -> str:
    """A refusal of the core as a page says it: plain, with its days as 21 Nov 2026."""
    for_whom = _OF_TABLES if isinstance(why, TableError) else ""
    return plain(f"{for_whom}{said_text(str(why))}")
