"""A connection to the gradebook: Ctrl-C in the middle of a transaction is Ctrl-C, and the next transaction begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Student
from sqlalchemy import event

from sig_checker.grading.gradebook.connection import Connection


def add_and_interrupt(connection: Connection, moment: str) -> None:
    with connection.transaction(write=True) as gradebook:
        session = gradebook.db()

        @event.listens_for(session, moment)
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        session.add(Student(id=f"interrupted-{moment}"))


@pytest.mark.parametrize("moment", ["before_flush", "after_flush", "before_commit", "after_commit"])
def test_an_interrupt_is_told_and_the_next_transaction_works(tmp_path: Path, moment: str) -> None:
    connection = Connection(f"sqlite:///{tmp_path / 'gradebook.db'}", "course")
    with pytest.raises(KeyboardInterrupt):
        add_and_interrupt(connection, moment)
    with connection.transaction(write=True) as gradebook:
        gradebook.db.add(Student(id="next"))
    with connection.transaction() as gradebook:
        found = {x.id for x in gradebook.db.query(Student)}
    connection.close()

    # what was committed before the interrupt stays, what was not is undone
    assert found == {"next"} | ({"interrupted-after_commit"} if moment == "after_commit" else set())
