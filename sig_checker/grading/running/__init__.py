"""What runs a student's code: kernels, their environment, and the process that calls functions."""
