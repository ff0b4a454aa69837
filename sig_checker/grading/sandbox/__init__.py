"""Confines the processes in which students' code runs: by bubblewrap, or by namespaces and Landlock of our own.

What is promised of both kinds:

* No network: a network namespace of its own, which holds nothing but its loop. No socket of another kind (vsock, say).
* No files but the interpreter's installation and environment, the system's libraries and a dozen of their settings in /etc,
  all read-only, and of sig_checker only the modules in KERNEL_MODULES. Home, course, gradebook, other submissions and all else
  are not hidden by permissions: they are not there. Writable are private folders in memory, of bounded size, which vanish.
* No other processes: they cannot be seen, signalled or traced. Nothing that was started, daemons included, outlives the
  command, the sandbox or the grader, however that ends.
* No privileges: another user than root, where root grades one that nobody else is; no capabilities, no way to gain them by
  running programs, no new namespaces, no tracing, no keys, no io_uring.
* Limits: address space, file size and open files of each process; number of processes and threads, resident memory and
  processor time of all together. The last two are looked at twenty times a second, so they can be exceeded for a moment, and
  the time of processes that end between two looks, and whose end nobody waits for, is not counted; memory that the system
  holds for sockets and pipes is bounded by their number alone. In bubblewrap's private folders the number of files without
  content is bounded by the time alone.

What is not promised: that the system's kernel has no faults (the system calls that are left are many), that the speed of
other processes does not suffer, that a kernel's code cannot find out on what machine it runs (/proc tells much of that), and
where Landlock is missing, which bubblewrap puts up with, that the kernel's folder of sockets holds nothing but sockets.

Linux 5.14 or later on x86_64 or aarch64. Tested on x86_64 with Linux 6.18, Landlock's ABI 7, Debian 12's bubblewrap 0.8.0
and Python 3.11, as root and as a user without privileges. Landlock is a second wall behind the mounts; the kind "namespaces"
refuses to work without it.

The kind is chosen by trying (`choose`), with what must hold checked from inside. A sandbox takes a command
(`Sandbox.command`) or, of the second kind, a process that runs already (`enter`).
"""

from sig_checker.grading.sandbox.choosing import KINDS, Sandbox, choose, enter
from sig_checker.grading.sandbox.policy import KERNEL_MODULES, Limits, Policy, confined_user
from sig_checker.grading.sandbox.watching import FAILED, NEW_CELL, TOO_MUCH_MEMORY, TOO_MUCH_PROCESSOR

__all__ = [
    "FAILED",
    "KERNEL_MODULES",
    "KINDS",
    "NEW_CELL",
    "TOO_MUCH_MEMORY",
    "TOO_MUCH_PROCESSOR",
    "Limits",
    "Policy",
    "Sandbox",
    "choose",
    "confined_user",
    "enter",
]
