"""Columns of a log in numbers: codes of texts, and which notes are almost equal."""

from __future__ import annotations

from typing import Any

from ccm_core.case_building import SERVICE_ACTORS
from ccm_core.copied_notes import plain


def alike(texts: Any, keys: Any, size: int, likeness: float) -> Any:
    """Whether each note but the first is almost the one before it, of the same person."""
    import numpy as np
    from rapidfuzz import fuzz, process

    same = np.flatnonzero(keys[1:] // size == keys[:-1] // size)
    found = np.zeros(len(keys) - 1, dtype=bool)
    if len(same):
        before, after = keys[same] % size, keys[same + 1] % size
        pairs, place = distinct(before * size + after)
        scores = process.cpdist(
            texts[pairs // size].tolist(), texts[pairs % size].tolist(), scorer=fuzz.ratio,
            score_cutoff=likeness, dtype=np.float64,
        )  # fmt: skip
        found[same] = (scores >= likeness)[place]
    return found


def ranked(column: Any, shortest: int) -> tuple[Any, Any]:
    """The plain notes in order, and the place of each row's among them; -1 for a short one."""
    import numpy as np

    notes = dictionary_of(column)
    plains = [plain(note) for note in notes.dictionary.to_pylist()]
    texts = sorted({text for text in plains if len(text) >= shortest})
    place = {text: number for number, text in enumerate(texts)}
    ranks = np.array([*(place.get(text, -1) for text in plains), -1], dtype=np.int64)
    rows = notes.indices.fill_null(len(plains)).to_numpy(zero_copy_only=False)
    return np.array([*texts, None], dtype=object)[:-1], ranks[rows]


def dictionary_of(column: Any) -> Any:
    """A column of texts as codes and words."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def codes(column: Any) -> Any:
    """A number for each text, in the order in which they come first."""
    import numpy as np

    return dictionary_of(column).indices.to_numpy(zero_copy_only=False).astype(np.int64)


def numbered(values: Any) -> Any:
    """For each value which one of the distinct ones it is."""
    return distinct(values)[1]


def distinct(values: Any) -> tuple[Any, Any]:
    """Whole numbers, each once in the order in which they come, and which one each value is.

    By a table of values: to sort them, as ``numpy.unique`` does, takes four times as long.
    """
    import numpy as np
    import pyarrow as pa

    found = pa.array(values.astype(np.int64)).dictionary_encode()
    return found.dictionary.to_numpy(), found.indices.to_numpy().astype(np.int64)


def ranks(column: Any) -> tuple[list[str], Any]:
    """The words of a column in order, and the place of each row's among them; none is missing.

    In as few bytes as they need: numbers of two bytes are sorted in one pass.
    """
    import numpy as np

    said = dictionary_of(column)
    words = said.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    place = np.empty(len(words), dtype=np.min_scalar_type(max(len(words), 1)))
    place[order] = np.arange(len(words))
    return [words[one] for one in order], place[said.indices.to_numpy(zero_copy_only=False)]


def flags(rows: Any, name: str, *, missing: bool) -> Any:
    """Truths; what is not said is ``missing``."""
    import numpy as np

    if name not in rows.column_names:
        return np.full(rows.num_rows, missing)
    return rows[name].fill_null(missing).to_numpy()


def served(rows: Any) -> Any:
    """Entries of the program's own people."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if "actor" not in rows.column_names:
        return np.ones(rows.num_rows, dtype=bool)
    actors = rows["actor"].cast("string").fill_null(SERVICE_ACTORS[0])
    return pc.is_in(actors, pa.array(SERVICE_ACTORS)).to_numpy()


def counting(rows: Any) -> Any:
    """Entries of a named person whose time is a service."""
    import pyarrow.compute as pc

    return pc.not_equal(rows["staff_id"].cast("string"), "").to_numpy() & served(rows)
