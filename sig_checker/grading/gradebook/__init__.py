"""nbgrader's gradebook: its connection, its rows, and what may be in the way."""
