"""What runs beside the instructor: nbgrader's side. The only folder that knows nbgrader.

An instructor's `nbgrader_config.py` needs two lines, `from sig_checker.grading import configure` and `configure(c)`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sig_checker.errors import ConfigError
from sig_checker.verdicts import Message

__all__ = ["configure", "require_configured"]

_SANITIZE = ("sig_checker.grading.steps.restore.RestoreCells", "nbgrader.preprocessors.CheckCellMetadata")
_AUTOGRADE = (
    "sig_checker.grading.steps.execute.ExecuteSubmission",
    "nbgrader.preprocessors.IgnorePattern",
    "nbgrader.preprocessors.LimitOutput",
    "sig_checker.grading.steps.judge_cells.JudgeCells",
    "sig_checker.grading.steps.scrub.ScrubOutputs",
    "sig_checker.grading.steps.scores.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
)
_FEEDBACK = ("sig_checker.grading.pages.feedback.GetGrades", "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor")
_PAGES = (
    "sig_checker.grading.pages.cleaning.FormulasAsText",
    "sig_checker.grading.steps.suggestions.SuggestForEssays",
    "sig_checker.grading.pages.feedback.ShowRubric",
    "sig_checker.grading.pages.feedback.NameTasks",
)
# what a released notebook has in place of a solution: valid wherever a solution stands, and no error beside the `None` above it
_STUB = "pass  # 여기에 답을 쓰세요 (write your answer here)"
_FILTERS = {
    "clean_html": "sig_checker.grading.pages.cleaning.clean_html",
    "markdown2html": "sig_checker.grading.pages.cleaning.render_markdown",
    "strip_files_prefix": "sig_checker.grading.pages.cleaning.clean_markdown",
}


def configure(c: Any) -> None:
    """Make `nbgrader autograde` grade check cells with the judge. `c` is what `get_config()` returns.

    The whole chain from reading a submission to the gradebook is set, and what the pages are made by, so call it before
    changes of your own to `c.Autograde`, `c.GenerateFeedback` and `c.HTMLExporter`. Assignments without check cells of ours
    are graded as nbgrader grades them, except that a result that is no score, or a cell that never ran, asks a person where
    nbgrader would give full marks. Collecting takes only what is a student's own. Feedback pages and nbgrader's manual grading
    show students' HTML without scripts, and draw formulas without a network.
    """
    # here, since these load nbgrader, which the other function does without
    from nbgrader.preprocessors import ClearSolutions  # noqa: PLC0415

    from sig_checker.grading.belongings import guard  # noqa: PLC0415
    from sig_checker.grading.gradebook.held import wait_for_gradebooks  # noqa: PLC0415

    guard()
    wait_for_gradebooks()
    if "collect" not in c.ExchangeFactory:  # a course may have an exchange of its own
        c.ExchangeFactory.collect = "sig_checker.grading.exchange.OwnSubmissions"
    c.Autograde.exporter_class = "sig_checker.grading.submissions.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = list(_SANITIZE)
    c.Autograde.autograde_preprocessors = list(_AUTOGRADE)
    c.GenerateFeedback.preprocessors = list(_FEEDBACK)
    if "code_stub" not in c.ClearSolutions:
        c.ClearSolutions.code_stub = {**ClearSolutions().code_stub, "python": _STUB}  # nbgrader cannot take an update
    c.Application.logging_config = {
        "filters": {"plain": {"()": "sig_checker.grading.logs.Plain"}}, "handlers": {"console": {"filters": ["plain"]}},
    }  # fmt: skip
    # nbconvert's own filter leaves neither paragraphs nor headings, and nbgrader's templates use it for outputs only
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = dict(_FILTERS)
    c.HTMLExporter.preprocessors = list(_PAGES)
    c.HTMLExporter.extra_template_basedirs = [str(Path(__file__).parent / "pages" / "templates"), _templates_of_nbgrader()]


def require_configured(config: Any) -> None:
    """Raise ConfigError unless `configure` has been called on this configuration."""
    autograde = config.get("Autograde", {})
    if not set(_AUTOGRADE) <= {str(x) for x in autograde.get("autograde_preprocessors", [])}:
        raise ConfigError(
            Message("the course's nbgrader_config.py does not call the judge; add these two lines:"),
            "    from sig_checker.grading import configure\n    configure(c)",
        )


def _templates_of_nbgrader() -> str:
    """Where its pages' templates lie; asking the module that knows would load the whole server."""
    package = find_spec("nbgrader")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "server_extensions" / "formgrader" / "templates")
