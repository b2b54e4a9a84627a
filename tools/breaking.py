"""Run the collected tests once for each mutant: only those that reach what it changes.

A function of the copy is itself until a mutant of it acts; then it takes the mutant's
code. (mutmut's own way, a look at the environment at each call, made the tests five
times as slow.) A test is asked about a mutant only if it ran the changed statement:
any other test runs the same program with it as without.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from mutant_lines import Functions, Span, Traced, act, changed_lines_of

SURVIVED, KILLED, NO_TESTS, TIMEOUT = 0, 1, 33, 36
FIRST_ROWS = 2
"""Rows of each golden book that are tried early where a function belongs to no rule."""
QUICK_SECONDS = 0.02
TRACING_COSTS = 3
"""A test takes so many times as long while its lines are noted down."""
CPU_SECONDS = 30
"""More than all tests of the selection take: a mutant that needs longer runs for ever."""


def forked(work: Callable[[], Any]) -> Any:
    """The answer of ``work`` from a child process; None when the child was stopped."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            with os.fdopen(write, "w") as answer:
                json.dump(work(), answer)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def policies_that_keep() -> list[Any]:
    """Every policy that keeps an answer, now or later."""
    from ccm_core.policy import Policy

    found = [x for x in gc.get_objects() if isinstance(x, Policy) and "kept" in vars(x)]

    def kept(policy: Any) -> dict[Any, Any]:
        found.append(policy)
        return {}

    noting = functools.cached_property(kept)
    noting.__set_name__(Policy, "kept")
    Policy.kept = noting
    return found


class Breaking:
    """A plugin of pytest that runs the collected tests once for each mutant."""

    def __init__(
        self, wanted: list[str], seconds: float, whole: bool, on_result: Callable[[str, int], None]
    ) -> None:
        self.wanted, self.seconds, self.on_result = wanted, seconds, on_result
        self.is_whole = whole
        """Whether a golden case asks every rule, as it does without mutants."""
        self.noticed_by: dict[str, list[int]] = {}
        self.row_of: list[int] = []
        self.functions = Functions()
        self.functions.instead_of_trampolines()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be read")
        self.items = session.items
        books: Counter[str] = Counter()
        for item in session.items:
            book = item.nodeid.partition(": ")[0]
            self.row_of.append(books[book])
            books[book] += 1
        self.named = self.functions.by_name()
        self._read_mutants()
        self._see_what_runs()
        gc.collect()
        gc.freeze()
        gc.disable()
        for name in self.wanted:
            self.on_result(name, self._result(name))
        return True

    def _read_mutants(self) -> None:
        self.spans: dict[str, tuple[str, list[Span]]] = {}
        self.modules = {function.__module__ for function, _ in self.named.values()}
        for module in self.modules:
            file = sys.modules[module].__file__
            assert file is not None
            for name, spans in changed_lines_of(Path(file)).items():
                self.spans[f"{module}.{name}"] = file, spans

    def _see_what_runs(self) -> None:
        """Line of a broken file -> numbers of the tests that run it, with no answer kept."""
        self.tests_at: dict[tuple[str, int], list[int]] = {}
        self.takes: list[float] = []
        self.policies = policies_that_keep()
        traced = Traced({file for file, _ in self.spans.values()})
        for number, item in enumerate(self.items):
            self._forget(self.modules)
            began = time.process_time()
            with traced as lines:
                fails = self._notices(item, self.items[number + 1 :][:1])
            if fails:
                pytest.exit(f"{item.nodeid} fails before anything is broken.", returncode=1)
            self.takes.append((time.process_time() - began) / TRACING_COSTS)
            for place in lines:
                self.tests_at.setdefault(place, []).append(number)
        print(f"{len(self.items)} tests, {sum(self.takes):.0f} s.", flush=True)

    def _forget(self, modules: Iterable[str]) -> None:
        """Drop the answers that these modules kept, or left with a policy.

        A policy's own answers come from the tables, which are not broken: they stay.
        """
        for module in modules:
            for value in list(vars(sys.modules[module]).values()):
                getattr(value, "cache_clear", lambda: None)()
        for policy in self.policies:
            for key in [key for key in policy.kept if not _is_of_the_tables(key)]:
                del policy.kept[key]

    def _reaching(self, name: str) -> set[int]:
        file, spans = self.spans[name]
        return {
            number
            for first, last in spans
            for line in range(first, last + 1)
            for number in self.tests_at.get((file, line), ())
        }

    def _in_order(self, function: str, chosen: Iterable[int]) -> list[int]:
        """First what noticed another mutant of it; then its own book, its module's, the rest."""
        from ccm_core.rule import Rule

        module, _, name = function.rpartition(".x_")
        around = vars(sys.modules[module]) if module else {}
        books = tuple(f"[{r.id}: " for n, r in around.items() if isinstance(r, Rule) and n != name)
        own = f"[{getattr(around.get(name), 'id', 'none')}: "

        def far(number: int) -> tuple[int, float]:
            test = self.items[number].nodeid
            takes = self.takes[number]
            if "test_golden.py" not in test:
                return 3, takes
            if own in test:
                return 0, takes
            if any(book in test for book in books):
                return 1, takes
            return 4, takes

        if not books:
            far = self._by_time
        seen = [n for n in self.noticed_by.get(function, ()) if n in chosen]
        return seen + sorted((n for n in chosen if n not in seen), key=far)

    def _by_time(self, number: int) -> tuple[int, float]:
        """Of what belongs to no rule: quick tests of the core, some of each book, the rest."""
        is_golden = "test_golden.py" in self.items[number].nodeid
        takes = self.takes[number]
        if not is_golden:
            return (0 if takes < QUICK_SECONDS else 3), takes
        return (1 if self.row_of[number] < FIRST_ROWS else 2), takes

    def _result(self, name: str) -> int:
        function = name.partition("__mutmut_")[0]
        chosen = self._in_order(function, self._reaching(name))
        if not chosen:
            return NO_TESTS
        noticed = forked(lambda: self._who_notices(name, chosen))
        if noticed is None:
            return TIMEOUT
        if noticed < 0:
            return SURVIVED
        seen = self.noticed_by.setdefault(function, [])
        if noticed in seen:
            seen.remove(noticed)
        seen.insert(0, noticed)
        return KILLED

    def _who_notices(self, name: str, chosen: list[int]) -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        self._set(name)
        if not self.is_whole:
            ask_fewer_rules(name.partition(".x")[0])
        began = time.process_time()
        for place, number in enumerate(chosen):
            if self._notices(self.items[number], [self.items[n] for n in chosen[place + 1 :][:1]]):
                return number
            if time.process_time() - began > self.seconds:
                break
        return -1

    def _set(self, name: str) -> None:
        self._forget([name.partition(".x")[0]])
        function, mutants = self.named[name.partition("__mutmut_")[0]]
        act(function, mutants[name.rpartition(".")[2]])

    def _notices(self, item: Any, then: list[pytest.Item]) -> bool:
        """A golden case is asked directly: it needs nothing that pytest would set up."""
        if item.originalname != "test_golden_case":
            return self._fails(item, then)
        try:
            item.obj(**item.callspec.params)
        except Exception:
            return True
        return False

    @staticmethod
    def _fails(item: pytest.Item, then: list[pytest.Item]) -> bool:
        from _pytest.runner import runtestprotocol

        reports = runtestprotocol(item, log=False, nextitem=then[0] if then else None)
        return any(report.failed for report in reports)


def _is_of_the_tables(key: Any) -> bool:
    return isinstance(key, str) or (isinstance(key, tuple) and key[0] not in KEPT_BY_OTHERS)


KEPT_BY_OTHERS = {"suited", "clinic hours"}
"""First words of the answers that allocation and ``rules/seen_in_log.py`` leave with a policy."""


def ask_fewer_rules(module: str) -> None:
    """Let a golden case ask all rules of the broken module, but not all of the book.

    That a rule says the same when it is asked without need is held for each rule; a fault
    in one module shows there in the rules of that module alone. Modules that choose among
    rules, or that several families use, are asked the whole book.
    """
    from ccm_core.rule import Rule
    from tests.golden import test_golden

    around = vars(sys.modules[module]).values()
    own = [one for one in around if isinstance(one, Rule)]
    if module.startswith("ccm_core.rules.") and not own:
        return
    judged, read_case = test_golden.judged, test_golden.read_case
    last: dict[str, Any] = {}

    def judged_and_kept(given: dict[str, Any]) -> dict[str, Any]:
        last.update(judged(given))
        return last

    def the_same_as_judged(given: dict[str, Any]) -> list[str]:
        said = [finding["rule"] for finding in last["findings"]]
        if not own:
            return said
        case, policy = read_case(given)
        work_out(case, policy)
        for rule in own:
            is_asked = policy.level(rule)[0] is not Level.OFF
            is_asked = is_asked and rule.applies_on(case.month.last_day)
            if is_asked and (rule.check(case, policy) is not None) is not (rule.id in said):
                return [rule.id, *said]
        return said

    from ccm_core.audit import work_out
    from ccm_core.findings import Level

    test_golden.judged = judged_and_kept
    test_golden.asked_without_skipping = the_same_as_judged
