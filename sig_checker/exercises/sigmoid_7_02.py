"""Question 7-02: the derivative of the sigmoid, the gradient through it, its extremes, and what they mean."""

from sig_checker.exercise import Exercise, Task
from sig_checker.exercises.sigmoid_7_02_essay import RUBRIC

EXERCISE = Exercise(
    name="sigmoid-7-02",
    function="1/(1+exp(-z))",
    tasks=(
        Task("q1_steps", "steps", 8),
        Task("q1_derivative", "derivative", 10),
        Task("q1_function", "function", 10, name="dsigmoid"),
        Task("q1_backprop", "backprop", 8),
        Task("q1_backprop_function", "backprop_function", 4, name="backprop"),
        Task("q2_second_derivative", "derivative", 6, "read", order=2),
        Task("q2_maximum", "maximum", 6, "read"),
        Task("q2_argmax", "argmax", 6, "read"),
        Task("q2_minimum", "minimum", 6, "read"),
        Task("q2_argmin", "argmin", 6, "read"),
        Task(
            "q3_at_zero", "meaning", 8, "read", expected={"probability": ["1/2"], "certainty": "uncertain", "update": "largest"}
        ),
        Task(
            "q3_at_infinity",
            "meaning",
            8,
            "read",
            expected={"probability": ["0", "1"], "certainty": "certain", "update": "none"},
        ),
        Task("q3_essay", "essay", 14, "read", rubric=RUBRIC),
    ),
)
