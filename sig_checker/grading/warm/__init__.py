"""Kernels that are forked from a warm process, in a sandbox of namespaces: ready in milliseconds, not in a second.

    grader ── client ──▶ server ── fork ──▶ sandbox ── shell
                (socket)  never runs a student's code        ▲
    grader ── manager ─────────── wire ──────────────────────┘

The server has loaded Python's scientific packages and an IPython kernel, and nothing that knows what is right. Each notebook
gets a fork of it, which goes into a sandbox before it is told of any code, and speaks the messages of a Jupyter kernel over a
socket pair. What the cells mean is ipykernel's business, as it is in a kernel of its own; only the transport differs.
"""
