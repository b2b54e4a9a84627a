"""The report of an import, made from what its rows came to."""

from __future__ import annotations

from ccm_core.exchange.quality import observations
from ccm_core.exchange.report import FileReport, Report, StagedFile, sentences
from ccm_core.exchange.settle import Settled


def report(files: list[StagedFile], settled: Settled) -> Report:
    """The report of an import from what its rows came to."""
    late: dict[int, int] = {}
    for position, _ in settled.rejects:
        late[position] = late.get(position, 0) + 1
    told = tuple(
        FileReport(
            name=file.name,
            kind=file.kind,
            read=file.read,
            accepted=settled.accepted[position],
            rejected=len(file.rejects) + late.get(position, 0),
            duplicate=settled.duplicate[position],
            unused=file.unused.total(),
            sha256=file.sha256,
            size=file.size,
            encoding=file.encoding,
            notes=sentences(file),
            unknown_columns=file.unknown_columns,
            error=file.error,
        )
        for position, file in enumerate(files)
    )
    places = [(position, one) for position, file in enumerate(files) for one in file.rejects]
    everything = sorted(
        [*places, *settled.rejects], key=lambda each: (each[0], each[1].line, each[1].record)
    )
    questions = tuple(file.question for file in files if file.question)
    return Report(told, tuple(one for _, one in everything), questions, observations(settled))
