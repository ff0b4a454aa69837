"""Kernels that are forked from a warm process, in a sandbox of namespaces: ready in milliseconds, not in a second.

    grader ── client ──▶ server ── fork ──▶ sandbox ── shell
                (socket)  never runs a student's code        ▲
    grader ── manager ─────────── wire ──────────────────────┘

The server has loaded Python's scientific packages and an IPython kernel, and nothing that knows what is right. Each notebook
gets a fork of it, which goes into a sandbox before it is told of any code. What a cell means is ipykernel's business, and what
becomes of its messages nbclient's, as with a kernel of its own; what differs is how the messages come from one to the other
(`wire`, `cells`), and that a cell which need not wait for anything is run by IPython alone (`shell`).
"""
