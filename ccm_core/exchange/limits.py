"""How much an import may hold, in one place, each number with its reason.

A limit is checked before the bytes behind it are parsed, so that a small file
that grows (a bomb) costs little.
"""

from __future__ import annotations

from ccm_core.errors import ImportRefused

MIB = 1024 * 1024

MAX_FILE_BYTES = 256 * MIB
"""One file. A practice of 100,000 patients exports its largest file in about 150 MiB."""

MAX_TOTAL_BYTES = 1024 * MIB
"""All files of one import together: what one transaction should hold."""

MAX_FILES = 2_000
"""Files of one import. An export with one bundle per patient has that many."""

MAX_ROWS = 1_000_000
"""Rows of one file: ten years of time entries of a large practice."""

MAX_COLUMNS = 300
"""Columns of one table: the widest known export has about 120."""

MAX_FIELD_CHARS = 32_767
"""Characters of one cell: the limit of Excel, and more than any note needs."""

MAX_ID_CHARS = 128
"""Characters of an identifier: FHIR allows 64, some systems join two."""

MAX_RECORD_LINES = 500
"""Physical lines that one quoted CSV record may span before its quote counts as unclosed."""

MAX_JSON_DEPTH = 64
"""Nesting of JSON: a FHIR resource stays below 20."""

MAX_JSON_CHARS = 16 * MIB
"""Characters of one NDJSON line: a resource with a scanned document attached."""

MAX_BUNDLE_BYTES = 96 * MIB
"""One JSON file with a bundle in it, which is held in memory as a whole."""

MAX_ZIP_MEMBERS = 2_000
"""Members of one archive, as many as files of an import."""

MAX_ZIP_RATIO = 200
"""Inflated over stored bytes, beyond a first MiB. Clinical text shrinks about 10 to 40 times."""

MAX_XLSX_BYTES = 48 * MIB
"""Inflated bytes of one workbook; 100,000 rows of ten cells stay below. Larger: use CSV."""

MAX_XLSX_ROWS = 200_000
"""Rows of one sheet. Reading them takes about half a minute; CSV takes a second."""

MAX_XLSX_ROW_NUMBER = 1_048_576
"""The last row that Excel has. The reader counts up to a row, however empty those before are."""

MAX_XLSX_TEXT_BYTES = 192 * MIB
"""Text of one workbook: shared texts can be repeated in many small cells."""

MAX_XLSX_MEMBERS = 500
"""Parts of one workbook: sheets, styles, themes, media."""

MAX_ZIP_DIRECTORY_BYTES = 2 * MIB
"""The list of files at an archive's end: 2,000 names of a thousand characters. It is read
before anything else, and each entry of it costs a thousand bytes of memory."""

ARCHIVE_SECONDS = 120
"""Time after which the process that opens an archive is ended, for each file in it."""

ARCHIVE_MEMORY_BYTES = 2048 * MIB
"""Address space of the process that opens an archive: the archive and its largest file."""

WORKBOOK_SECONDS = 120
"""Time after which the process that reads a workbook is ended."""

WORKBOOK_MEMORY_BYTES = 1024 * MIB
"""Address space of the process that reads a workbook."""


def require(measured: int, allowed: int, what: str) -> None:
    """Refuse a file that is larger than allowed. Raises: ImportRefused."""
    if measured > allowed:
        raise ImportRefused(
            f"I03: {what} is {measured:,}; {allowed:,} is the most this program reads. "
            "Split the export into smaller files."
        )
