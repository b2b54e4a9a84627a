"""The bar of long work and its button: what they say, and what a click leaves behind."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ccm_core import working as core
from ccm_core.cli import output
from pages.parts import working


def page_that_works() -> None:
    """Three steps of work; what was told stands on the page afterwards."""
    import streamlit as st

    from ccm_core import working as core
    from pages.parts import working

    with working.shown("Counting"):
        for done in range(3):
            core.tell("Sheep counted", done, 3)
        core.tell("Reading a file", 0.5, 1)
        core.tell("Nearly done")
    st.write("Done.")


def page_that_fails() -> None:
    import streamlit as st

    from ccm_core.errors import UsageError
    from pages.parts import working

    try:
        with working.shown("Counting"):
            raise UsageError("There is no sheep. Buy one.")
    except UsageError as refused:
        st.error(str(refused))


def test_the_bar_and_the_button_go_when_the_work_is_done():
    ran = AppTest.from_function(page_that_works).run()
    assert not ran.exception
    assert [one.value for one in ran.markdown] == ["Done."]
    assert not ran.button


def test_they_go_too_when_the_work_is_refused():
    ran = AppTest.from_function(page_that_fails).run()
    assert [one.value for one in ran.error] == ["There is no sheep. Buy one."]
    assert not ran.button


@pytest.mark.parametrize(
    ("is_done", "said"),
    [(False, "Nothing was changed"), (True, "done before it could be stopped")],
)
def test_a_click_says_what_became_of_the_work(monkeypatch, is_done, said):
    told = []
    monkeypatch.setattr(working.st, "toast", told.append)
    working._stopped(working.Work("Counting", is_done=is_done))
    assert len(told) == 1
    assert said in told[0]


def test_a_listener_hears_only_within_its_block():
    told = []
    with core.heard(lambda what, done, total: told.append((what, done, total))):
        core.tell("Within", 1, 2)
    core.tell("Outside", 1, 2)
    assert told == [("Within", 1, 2)]


def test_a_terminal_sees_how_far_long_work_is(monkeypatch, capsys):
    monkeypatch.setattr(output, "_EVERY_SECONDS", 0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with output.work_shown():
        core.tell("Rows stored", 1_000, 4_000)
        core.tell("Planning the claims")
    said = capsys.readouterr().err
    assert "Rows stored: 1,000 of 4,000" in said
    assert "Planning the claims" in said
    assert said.endswith("\r\x1b[K")


def test_a_log_file_sees_no_such_line(capsys):
    with output.work_shown():
        core.tell("Rows stored", 1_000, 4_000)
    assert capsys.readouterr().err == ""
