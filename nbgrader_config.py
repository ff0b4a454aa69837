"""nbgrader's configuration of this course. Any course that uses the judge needs the last two lines."""

from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "question-7-02"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

from sig_checker.grading import configure  # noqa: E402

configure(c)
