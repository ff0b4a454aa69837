"""Question 7-02 in English: the same tasks and points, with reports in English."""

from dataclasses import replace

from sig_checker.exercises.sigmoid_7_02 import EXERCISE as KOREAN

EXERCISE = replace(KOREAN, name="sigmoid-7-02-en", language="en")
