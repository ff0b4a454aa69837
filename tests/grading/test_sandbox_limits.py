"""What code in a sandbox may take. Every bomb is small, and is tried only where its limit reads back as set."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace

import pytest
from confined import KINDS_HERE, inside, outside

from sig_checker.grading.sandbox import TOO_MUCH_MEMORY, TOO_MUCH_PROCESSOR, Limits, Policy

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")
each_kind = pytest.mark.parametrize("kind", KINDS_HERE)
MB = 1 << 20
SMALL = Limits(
    memory_bytes=96 * MB, process_bytes=400 * MB, processes=12, files=32, file_bytes=2 * MB, disk_bytes=4 * MB, cpu_seconds=1
)  # fmt: skip
BOUNDS = [SMALL.process_bytes, SMALL.processes, SMALL.files, SMALL.file_bytes, SMALL.cpu_seconds + 1]
POLICY = Policy(folder="/tmp", limits=SMALL)
CHECKED = (
    "import errno, mmap, os, resource, sys, threading, time\n"
    "set_to = [resource.getrlimit(x) for x in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE,\n"
    "    resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)]\n"
    f"if set_to != [(x, x) for x in {BOUNDS}]:\n"
    "    sys.exit(f'not tried: the limits are {set_to}')\n"
    "MB = 1 << 20\n"
)  # fmt: skip


def tried(kind, code, policy=POLICY):
    done = inside(kind, CHECKED + code, policy=policy)
    assert "not tried" not in done.stderr, done
    assert "sandbox:" not in done.stderr, done
    return done


@each_kind
def test_what_stays_within_the_limits_is_let_alone(kind):
    # what a fork shares with its parent is no memory of its own
    code = "x = b'x' * (32 * MB)\nfor _ in range(4):\n  if os.fork() == 0: time.sleep(0.3); os._exit(0)\n"
    done = tried(kind, code + "time.sleep(0.3)\nprint('done')")

    assert done.stdout == "done\n"
    assert done.returncode == 0


@each_kind
def test_the_address_space_of_a_process_is_bounded(kind):
    code = (
        "try: mmap.mmap(-1, 500 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); print('done')\n"
        "except OSError as error: print(errno.errorcode[error.errno])"
    )
    done = tried(kind, code)

    assert done.stdout == "ENOMEM\n"


END = "time.sleep(5)\nprint('done')"
BOMBS = {
    "one process": "x = b'x' * (160 * MB)\n",
    "bit by bit": "x = []\nfor _ in range(160): x.append(b'x' * MB); time.sleep(0.002)\n",
    "closed to others": "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\nx = b'x' * (160 * MB)\n",
    "several processes": "for _ in range(5):\n  if os.fork() == 0: x = b'x' * (32 * MB); time.sleep(5); os._exit(0)\n",
    "of a private mapping": (
        "m = mmap.mmap(-1, 160 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "for at in range(0, 160 * MB, 4096): m[at] = 1\n"
    ),
    "daemons": (
        "for _ in range(5):\n"
        "  if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0: x = b'x' * (32 * MB); time.sleep(5)\n"
        "    os._exit(0)\n"
    ),
}


@each_kind
@pytest.mark.parametrize("bomb", BOMBS)
def test_the_memory_of_all_processes_together_is_bounded(kind, bomb):
    start = time.monotonic()
    done = tried(kind, BOMBS[bomb] + END)

    assert done.returncode == TOO_MUCH_MEMORY, done
    assert done.stdout == ""
    assert time.monotonic() - start < 5


HIDING = """import ctypes, errno, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.memfd_create(b"x", 0), libc.shmget(0, 4096, 0o1600), libc.semget(0, 1, 0o1600), libc.msgget(0, 0o1600)]
made.append(libc.vmsplice(os.pipe()[1], ctypes.create_string_buffer(16), 0, 0))
zero = os.open("/dev/zero", os.O_RDWR)
for options in ({"fileno": -1}, {"fileno": -1, "flags": mmap.MAP_SHARED | mmap.MAP_ANONYMOUS}, {"fileno": zero}):
    try: mmap.mmap(length=4096, **options); made.append(0)
    except OSError: made.append(-1)
print(made, os.read(zero, 3))
"""


@each_kind
def test_no_memory_hides_from_the_count(kind):
    assert inside(kind, HIDING).stdout == f"{[-1] * 8} {bytes(3)}\n"
    assert -1 not in eval(outside(HIDING).stdout.partition(" b")[0])  # what it tries would work elsewhere


@each_kind
def test_what_is_mapped_can_be_shared_where_it_counts_as_a_file(kind):
    code = (
        "import mmap, tempfile\nfile = tempfile.TemporaryFile()\nfile.truncate(8192)\n"
        "m = mmap.mmap(file.fileno(), 8192)\nm[5] = 1\nprint(m[5])"
    )

    assert inside(kind, code).stdout == "1\n"


@each_kind
def test_the_tables_of_pages_count_as_memory(kind):
    policy = Policy(folder="/tmp", limits=replace(SMALL, memory_bytes=24 * MB, process_bytes=6 << 30, cpu_seconds=20))
    code = (
        "import mmap, os, time\n"
        "m = mmap.mmap(-1, 4 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "m.madvise(mmap.MADV_NOHUGEPAGE)\n"
        "for _ in range(3):\n"
        "  if os.fork() == 0: break\n"
        "for at in range(0, 4 << 30, 4096): m[at]\n"  # the same page of nothing everywhere
        "time.sleep(3)\n"
        "print('done')"
    )
    done = inside(kind, code, policy=policy)

    assert (done.returncode, done.stdout) == (TOO_MUCH_MEMORY, ""), done


@each_kind
@pytest.mark.parametrize("what", ["processes", "threads"])
def test_processes_are_bounded(kind, what):
    another = {
        "processes": "os.fork() or (time.sleep(2), os._exit(0))",
        "threads": "threading.Thread(target=time.sleep, args=(2,), daemon=True).start()",
    }[what]
    code = (
        "made = 0\nthreading.stack_size(1 << 16)\n"
        f"try:\n  while made < 60: {another}; made += 1\n"
        "except (OSError, RuntimeError): pass\n"
        "print(made, flush=True)\nos._exit(0)"
    )  # fmt: skip
    done = tried(kind, code)

    assert done.stdout == f"{SMALL.processes - 1}\n", done


@each_kind
def test_two_sandboxes_do_not_share_their_numbers_of_processes(kind):
    wait = "a = [os.fork() or (time.sleep(1), os._exit(0)) for _ in range(8)]\ntime.sleep(1)\nprint('done')"
    results = []
    threads = [threading.Thread(target=lambda: results.append(tried(kind, wait).stdout)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == ["done\n"] * 2


@each_kind
@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_the_disk_is_bounded(kind, folder):
    code = (
        f"os.chdir({folder!r})\n"
        "def fill(name, size):\n"
        "  try:\n"
        "    with open(name, 'wb') as f:\n"
        "      for _ in range(size): f.write(bytes(MB)); f.flush()\n"
        "    return 'done'\n"
        "  except OSError as error: return errno.errorcode[error.errno]\n"
        "print(fill('long', 3), fill('a', 1), fill('b', 2))"
    )  # fmt: skip

    assert tried(kind, code).stdout == "EFBIG done ENOSPC\n"


@pytest.mark.parametrize("kind", [x for x in KINDS_HERE if x.values[0] == "namespaces"])
def test_files_without_content_are_bounded(kind):
    code = (
        "def count(folder):  # an environment below the private folder is mounted on folders that count, too\n"
        "  own = os.stat(folder).st_dev\n"
        "  names = [os.path.join(folder, x) for x in os.listdir(folder)]\n"
        "  return len(names) + sum(count(x) for x in names if os.path.isdir(x) and os.stat(x).st_dev == own)\n"
        "made = count('.')\ntry:\n  while made < 5000: open(f'{made}', 'w').close(); made += 1\n"
        "except OSError as error: print(errno.errorcode[error.errno], made)"
    )

    assert tried(kind, code).stdout == "ENOSPC 1023\n"  # and the folder itself


@each_kind
def test_open_files_are_bounded(kind):
    code = (
        "held = []\ntry:\n  for _ in range(100): held.append(open('/dev/null'))\n"
        "except OSError as error: print(errno.errorcode[error.errno], len(held) < 32)"
    )

    assert tried(kind, code).stdout == "EMFILE True\n"


BURN = (
    "import hashlib, signal\n"
    "def burn(seconds):\n"
    "    begun = time.process_time()\n"
    "    while time.process_time() < begun + seconds: pass\n"
    "def child(seconds):\n"
    "    if os.fork() == 0:\n"
    "        burn(seconds)\n"
    "        os._exit(0)\n"
)
BURNING = {
    "one process": "burn(20)\n",
    "threads": (
        "work = lambda: hashlib.pbkdf2_hmac('sha256', b'x', b'x', 20_000_000)\n"  # it lets the others run
        "threads = [threading.Thread(target=work) for _ in range(3)]\n"
        "for x in threads: x.start()\nfor x in threads: x.join()\n"
    ),
    "several processes": "for _ in range(4): child(10)\nfor _ in range(4): os.wait()\n",
    # each for less than a tick, so that no look shows anything of it
    "one after the other": "for _ in range(300):\n    child(0.006)\n    os.wait()\n",
    "whose end nobody waits for": (
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nfor _ in range(8):\n    child(0.5)\n"
        "    try: os.wait()\n    except ChildProcessError: pass\n"  # that it is gone, and not how long it took
    ),
    "a daemon": "if os.fork() == 0:\n    os.setsid()\n    child(20)\n    os._exit(0)\nos.wait()\ntime.sleep(60)\n",
}


@each_kind
@pytest.mark.parametrize("burning", BURNING)
def test_the_processors_time_of_all_processes_together_is_bounded(kind, burning):
    done = tried(kind, BURN + BURNING[burning] + "print('done')")

    assert (done.returncode, done.stdout) == (TOO_MUCH_PROCESSOR, ""), done


@each_kind
def test_who_uses_the_processor_for_less_is_let_alone(kind):
    done = tried(kind, BURN + "child(0.2)\nos.wait()\nburn(0.3)\ntime.sleep(2)\nprint('done')")

    assert (done.returncode, done.stdout) == (0, "done\n"), done


@each_kind
def test_what_runs_without_cells_has_no_limit_of_a_cell(kind):
    policy = Policy(folder="/tmp", limits=replace(SMALL, cpu_seconds=60, cell_cpu_seconds=1))

    assert inside(kind, "import os, time\n" + BURN + "burn(2)\nprint('done')", policy=policy).stdout == "done\n"


@each_kind
def test_limits_cannot_be_raised(kind):
    code = (
        "try: resource.setrlimit(resource.RLIMIT_NPROC, (100, 100)); print('done')\n"
        "except (ValueError, PermissionError): print('refused')"
    )

    assert tried(kind, code).stdout == "refused\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="that root is bound by no limit of processes can only root see")
def test_the_control_root_itself_would_not_be_bound():
    code = (
        "import os, resource, time\nresource.setrlimit(resource.RLIMIT_NPROC, (1, 1))\n"
        "made = [os.fork() or os._exit(0) for _ in range(3)]\nprint(len(made))"
    )

    assert outside(code).stdout == "3\n"
