"""The steps of autograding that take the place of nbgrader's, and what they work with."""
