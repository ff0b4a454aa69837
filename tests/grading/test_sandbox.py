"""What a sandbox keeps from code that runs in it: the network, files, other processes, privileges. Each with a control."""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from confined import KINDS_HERE, PLAIN, carrying, gone, inside, outside, python, refused, run

import sig_checker
from sig_checker.errors import ConfigError
from sig_checker.grading.sandbox import KERNEL_MODULES, Policy, Sandbox, bubblewrap, choose, choosing, confined_user
from sig_checker.grading.sandbox.syscalls import landlock_abi
from sig_checker.grading.sandbox.view import DEVICES

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sandboxes need Linux")
each_kind = pytest.mark.parametrize("kind", KINDS_HERE)
PACKAGE = Path(sig_checker.__file__).parent


def test_at_least_one_kind_works_here():
    assert any(choosing.problem(kind) is None for kind in choosing.KINDS), [choosing.problem(x) for x in choosing.KINDS]


ALL = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", *([] if os.geteuid() == 0 else ["--map-root-user"])]
MEANS = {"bubblewrap": ["bwrap", "--unshare-all", "--ro-bind", "/", "/"], "namespaces": ["unshare", *ALL]}


@pytest.mark.parametrize("kind", choosing.KINDS)
def test_a_kind_whose_means_are_there_works_here(kind):
    """Where a kind does not work, all tests of it are skipped; that must be the machine's fault, and not ours."""
    there = shutil.which(MEANS[kind][0]) is not None and run([*MEANS[kind], "true"]).returncode == 0
    if not there or (kind == "namespaces" and not landlock_abi()):
        pytest.skip(f"{kind}: {choosing.problem(kind)}")

    assert choosing.problem(kind) is None


# ---- the network

CONNECT = "import socket, sys\ns = socket.socket({family})\ns.settimeout(5)\ns.connect({address})\nprint('done')"


@contextmanager
def listening(server):
    server.listen(8)
    thread = threading.Thread(target=_accept, args=(server,), daemon=True)
    thread.start()
    yield server
    server.close()


def _accept(server):
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        return


@each_kind
def test_no_listening_port_is_reached(kind):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        with listening(server):
            refused(kind, CONNECT.format(family="socket.AF_INET", address=server.getsockname()))


@each_kind
@pytest.mark.parametrize("abstract", [True, False], ids=["abstract", "file"])
def test_no_unix_socket_is_reached(kind, abstract, tmp_path):
    address = f"\0sig-checker-test-{os.getpid()}-{time.monotonic_ns()}" if abstract else str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        with listening(server):
            refused(kind, CONNECT.format(family="socket.AF_UNIX", address=repr(address)))


@each_kind
def test_only_sockets_that_the_network_namespace_holds_can_be_made(kind):
    tried = inside(kind, (
        "import socket\n"
        "for family in (40, 16, 17, 1, 2, 10):\n"  # vsock, netlink, packet; Unix, IPv4, IPv6
        "    try: socket.socket(family, socket.SOCK_DGRAM, 15 if family == 16 else 0); print('yes', end=' ')\n"
        "    except PermissionError: print('no', end=' ')\n"
        "try: socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 9))\n"
        "except OSError as error: print(error.strerror)"
    ))  # fmt: skip

    assert tried.stdout == "no no no yes yes yes Network is unreachable\n", tried


# ---- files

READ = "import sys\nprint('done' if open(sys.argv[1], 'rb').read(1) else 'empty')"


@pytest.fixture
def course(tmp_path):
    for name in ("source/a/q1.ipynb", "submitted/kim/a/q1.ipynb", "gradebook.db", "nbgrader_config.py", "home/.ssh/id"):
        file = tmp_path / "course" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret")
    return tmp_path / "course"


@each_kind
def test_nothing_of_the_course_or_of_a_home_is_seen(kind, course):
    files = [x for x in course.rglob("*") if x.is_file()] + [Path("/etc/passwd"), Path("/sys/kernel/uevent_seqnum")]
    code = "import os, sys\nprint([os.path.exists(x) for x in sys.argv[1:]])"

    assert json.loads(outside(code, *files).stdout.lower()) == [True] * len(files)
    assert json.loads(inside(kind, code, *files).stdout.lower()) == [False] * len(files)
    assert "FileNotFoundError" in refused(kind, READ, course / "gradebook.db")


@each_kind
def test_what_is_hidden_is_hidden_within_what_is_readable(kind, course, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "table.csv").write_text("1")
    tmp_path.chmod(0o755)  # root's own folders stay closed: inside it is another user's turn
    policy = Policy(folder="/tmp", readable=(str(tmp_path),), hidden=(str(course),))

    assert inside(kind, READ, tmp_path / "data" / "table.csv", policy=policy).stdout == "done\n"
    assert "FileNotFoundError" in refused(kind, READ, course / "source/a/q1.ipynb", policy=policy)
    refused(kind, "import sys\nopen(sys.argv[1], 'a')\nprint('done')", tmp_path / "new", policy=policy)


@each_kind
def test_only_private_folders_can_be_written(kind, tmp_path):
    code = (
        "import os, sys\n"
        "for place in sys.argv[1:]:\n"
        "    try:\n"
        "        open(os.path.join(place, f'new-{os.getpid()}'), 'w').close(); print('yes', end=' ')\n"
        "    except OSError: print('no', end=' ')\n"
    )
    packages = Path(pytest.__file__).parent.parent
    places = ["/", "/etc", "/usr/lib", "/dev", "/proc", "/run", sys.prefix, packages, PACKAGE, PACKAGE / "notebook", tmp_path]
    tried = inside(kind, code, *places, "/tmp", "/dev/shm")

    assert tried.stdout.split() == ["no"] * len(places) + ["yes", "yes"], tried
    assert outside(code, tmp_path).stdout.split() == ["yes"]
    assert not list(Path("/tmp").glob("new-2"))


@each_kind
def test_all_else_is_mounted_read_only(kind):
    """Whatever Landlock, the second wall, and the owners of the files say to it."""
    code = "print([(x.split()[4], x.split()[5].split(',')) for x in open('/proc/self/mountinfo')])"
    writable = {path for path, options in eval(inside(kind, code).stdout) if "rw" in options}

    devices = {f"/dev/{x}" for x in (*DEVICES, "tty")}  # bubblewrap adds the terminal, of which a new session has none
    assert {"/tmp", "/dev/shm"} <= writable <= {"/tmp", "/dev/shm", "/proc", "/dev/pts", *devices}


@each_kind
def test_the_submission_is_a_copy_and_its_links_lead_nowhere(kind, course):
    mine = course / "submitted" / "kim" / "a"
    (mine / "data").mkdir()
    (mine / "data" / "table.csv").write_text("1")
    (mine / "link").symlink_to(course / "gradebook.db")
    policy = Policy(folder="/home/x/copy", private=("/tmp", "/home/x"), copies=(("/home/x/copy", str(mine)),))
    code = (
        "import os\nprint(sorted(os.listdir()), open('data/table.csv').read(), os.path.exists('link'))\n"
        "open('data/table.csv', 'w').write('changed'); os.remove('link'); print('done')"
    )
    tried = inside(kind, code, policy=policy)

    assert tried.stdout == "['data', 'link', 'q1.ipynb'] 1 False\ndone\n", tried
    assert (mine / "data" / "table.csv").read_text() == "1"
    assert (mine / "link").is_symlink()


@each_kind
def test_the_environment_works(kind):
    tried = inside(kind, "import numpy, scipy.special, sympy, flint, IPython\nprint(float(scipy.special.expit(0)))")

    assert tried.stdout == "0.5\n", tried


@each_kind
def test_of_our_package_only_what_the_kernel_needs_is_there(kind):
    code = (
        "import importlib.util, json, os, sys\n"
        "seen = {}\n"
        "for name in sys.argv[2:]:\n"
        "    try: seen[name] = importlib.util.find_spec(name) is not None\n"
        "    except ImportError: seen[name] = False\n"  # its package cannot be loaded
        "print(json.dumps([seen, [os.path.join(a, x) for a, _, c in os.walk(sys.argv[1]) for x in c]]))"
    )
    modules = [x.name for x in pkgutil.walk_packages([str(PACKAGE)], "sig_checker.") if not x.ispkg]
    seen, files = json.loads(inside(kind, code, PACKAGE, *modules).stdout)

    imported = {f"sig_checker.{x}" for x in KERNEL_MODULES if not x.startswith("grading.sandbox.")}  # which load by no name
    assert {name for name, there in seen.items() if there} == imported
    assert all(json.loads(outside(code, PACKAGE, *modules).stdout)[0].values())
    inits = {x for x in files if Path(x).name.startswith("__init__.")}
    assert {Path(x).name.split(".")[0] for x in set(files) - inits} == {x.rpartition(".")[2] for x in KERNEL_MODULES}
    assert not {"sig_checker.judging", "sig_checker.rubric", "sig_checker.cli"} & {f"sig_checker.{x}" for x in KERNEL_MODULES}


# ---- processes

DAEMON = (
    "import os, subprocess, sys, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.close(1); os.close(2)\n"
    "        os.execv(sys.executable, [sys.executable, '-I', '-c', 'import time; time.sleep(60)', sys.argv[1]])\n"
    "    os._exit(0)\n"
    "os.wait()\ntime.sleep(0.2)\nprint('done')"
)


@pytest.fixture
def mark():
    text = f"sig-checker-test-{os.getpid()}-{time.monotonic_ns()}"
    yield text
    for pid in carrying(text):
        os.kill(pid, 9)


@each_kind
def test_the_processes_outside_cannot_be_seen(kind):
    code = "import os\nos.kill({pid}, 0)\nprint('done')"

    assert "ProcessLookupError" in refused(kind, code.format(pid=os.getpid()))
    assert inside(kind, "import os\nprint(sorted(x for x in os.listdir('/proc') if x.isdigit()))").stdout == "['1', '2']\n"


@each_kind
def test_the_supervisor_cannot_be_looked_into_or_disturbed(kind):
    code = (
        "import ctypes, os, resource, signal, sys, time\n"
        "def refused(attempt):\n"
        "    try: attempt()\n"
        "    except PermissionError: return True\n"
        "libc = ctypes.CDLL(None)\n"
        "print(refused(lambda: open('/proc/1/environ').read()), refused(lambda: open('/proc/1/mem', 'r+b')),\n"
        "      refused(lambda: os.listdir('/proc/1/fd')),\n"
        "      refused(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))),\n"
        "      refused(lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))),\n"
        "      refused(lambda: os.setpriority(os.PRIO_USER, 0, 19)), refused(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19)),\n"
        "      refused(lambda: os.sched_setaffinity(1, {0})), libc.ptrace(0, 0, 0, 0) == -1, flush=True)\n"
        "for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):\n"
        "    try: os.kill(1, number)\n"
        "    except PermissionError: pass\n"  # where Landlock restricts signals, too
        "time.sleep(0.2)\nprint('still here')"
    )
    tried = inside(kind, code)

    assert tried.stdout == " ".join(["True"] * 9) + "\nstill here\n", tried
    assert outside("import ctypes\nprint(ctypes.CDLL(None).ptrace(0, 0, 0, 0))").stdout == "0\n"


@each_kind
def test_a_daemon_is_dead_when_the_command_has_ended(kind, mark):
    tried = inside(kind, DAEMON, mark)

    assert tried.stdout == "done\n", tried
    assert not carrying(mark)
    assert outside(DAEMON, mark).stdout == "done\n"
    assert carrying(mark)


GRADER = (
    "import os, subprocess, sys, time\nfrom dataclasses import replace\n"
    "from sig_checker.grading.sandbox import Policy, Sandbox\n"
    "kind, mark, how = sys.argv[1:]\n"
    "inside, control = os.pipe()\n"
    "policy = Policy(folder='/tmp', control=inside if how == 'pipe' else None)\n"
    "program = 'import os, sys, time; os.fork() or os.fork(); os.fork() or os.setsid(); print(1, flush=True); time.sleep(60)'\n"
    "command = Sandbox(kind).command(policy, [sys.executable, '-I', '-c', program, mark])\n"
    "subprocess.Popen(command, pass_fds=(inside,), start_new_session=True)\ntime.sleep(60)\n"
)


@each_kind
@pytest.mark.parametrize("how", ["parent", "pipe"])
def test_nothing_outlives_a_grader_that_is_killed(kind, how, mark):
    with subprocess.Popen([sys.executable, "-c", GRADER, kind, mark, how], stdout=subprocess.PIPE, text=True) as grader:
        assert [grader.stdout.readline() for _ in range(4)] == ["1\n"] * 4
        running = len(carrying(mark))
        grader.kill()

    assert running >= 4
    assert gone(mark)


@each_kind
def test_signals_go_in_by_a_pipe_and_its_end_ends_everything(kind, mark):
    reading, writing = os.pipe()
    code = (
        "import sys, time\n"
        "try: print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
        "time.sleep(60)"
    )
    command = Sandbox(kind).command(Policy(folder="/tmp", control=reading), python(code, mark))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=(reading,)) as process:
        os.close(reading)
        assert process.stdout.readline() == "ready\n"
        os.write(writing, bytes([2]))
        assert process.stdout.readline() == "interrupted\n"
        os.close(writing)
        start = time.monotonic()
        assert process.wait(10) == 128 + 9
        assert time.monotonic() - start < 2
    assert not carrying(mark)


@each_kind
def test_what_runs_inside_can_be_interrupted_although_the_grader_cannot(kind):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as `nohup` and a shell's & start it
    try:
        code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
        assert outside(code).stdout == "False\n"
        assert inside(kind, code).stdout == "True\n"
    finally:
        signal.signal(signal.SIGINT, before)


@each_kind
def test_nothing_outlives_its_outermost_process(kind, mark):
    command = Sandbox(kind).command(PLAIN, python("import time; print('ready', flush=True); time.sleep(60)", mark))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.kill()

    assert gone(mark)


@each_kind
@pytest.mark.parametrize(("code", "status"), [("import sys; sys.exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_end_of_the_command_is_told(kind, code, status):
    assert inside(kind, code).returncode == status


# ---- privileges

STATUS = "print({a: b.strip() for a, _, b in (x.partition(':') for x in open('/proc/self/status'))})"


@each_kind
def test_no_privileges_are_left(kind):
    status = eval(inside(kind, STATUS).stdout)

    assert {int(status[x], 16) for x in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["1000"] * 4


@each_kind
def test_none_can_be_gained(kind):
    code = (
        "import ctypes, os, subprocess\n"
        "libc = ctypes.CDLL(None)\n"
        "print([libc.unshare(x) for x in (0x10000000, 0x00020000, 0x40000000)], libc.mount(b'x', b'/tmp', b'tmpfs', 0, None),\n"
        "      libc.chroot(b'/tmp'), libc.syscall(56, 0x10000011, 0, 0, 0, 0) if os.uname().machine == 'x86_64' else -1)\n"
        "for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.chown('/tmp', 0, 0)):\n"
        "    try: attempt(); print('done')\n"
        "    except OSError: pass\n"
        "print(subprocess.run(['unshare', '-Ur', 'true'], stderr=subprocess.DEVNULL).returncode != 0)"
    )
    tried = inside(kind, code)

    assert tried.stdout == "[-1, -1, -1] -1 -1 -1\nTrue\n", tried
    assert run(["unshare", "-Ur", "true"]).returncode == 0


@each_kind
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
def test_outside_the_user_is_one_that_nobody_else_is(kind, mark):
    command = Sandbox(kind).command(PLAIN, python("import time; print('ready', flush=True); time.sleep(60)", mark))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        # the confined process is the one whose command line has its own program where the others have the sandbox's
        users = {Path(f"/proc/{pid}").stat().st_uid for pid in carrying(mark)
                 if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2] == b"-c"}  # fmt: skip
        process.kill()

    assert users == {confined_user()}
    assert gone(mark)


@pytest.mark.skipif(not landlock_abi(), reason="this system has no Landlock")
def test_landlock_alone_lets_only_the_rules_pass(tmp_path):
    for name in ("shown", "written", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    code = (
        "import sys\nfrom sig_checker.grading.sandbox.confining import gain_no_privileges, restrict_files\n"
        "gain_no_privileges()\n"
        "rules = [(sys.argv[1] + '/shown', 'read'), (sys.argv[1] + '/written', 'write')]\n"
        "if sys.argv[2]: restrict_files(rules)\n"
        "for name in ('shown', 'written', 'other'):\n"
        "    for mode in 'ra':\n"
        "        try: open(f'{sys.argv[1]}/{name}/file', mode); print('yes', end=' ')\n"
        "        except PermissionError: print('no', end=' ')\n"
    )

    assert outside(code, tmp_path, "").stdout.split() == ["yes"] * 6
    assert outside(code, tmp_path, "1").stdout.split() == ["yes", "no", "yes", "yes", "no", "no"]


# ---- a process that runs already

WARM = (
    "import os, sys\nfrom sig_checker.grading.sandbox import Policy, enter\n"
    "loaded = 'from before'\n"
    "secret = open(sys.argv[1])\n"
    "reading, writing = os.pipe()\n"
    "child = os.fork()\n"
    "if child == 0:\n"
    "    enter(Policy(folder='/tmp'), keep=[writing])\n"
    "    try: os.fstat(secret.fileno()); told = 'open'\n"
    "    except OSError: told = 'closed'\n"
    "    told += f' {loaded} {os.getpid()} {os.path.exists(sys.argv[1])}'\n"
    "    os.write(writing, told.encode())\n"
    "    os._exit(7)\n"
    "os.close(writing)\n"
    "print(os.read(reading, 1000).decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
)


@pytest.mark.skipif(choosing.problem("namespaces") is not None, reason=str(choosing.problem("namespaces")))
def test_a_running_process_can_go_into_a_sandbox(tmp_path):
    (tmp_path / "secret").write_text("x")
    tried = outside(WARM, tmp_path / "secret")

    assert tried.stdout == "closed from before 2 False 7\n", tried


# ---- as a user without privileges

UNPRIVILEGED = (
    "import os, subprocess, sys\nsys.path.insert(0, sys.argv[1])\n"
    "from sig_checker.grading.sandbox import Policy, Sandbox\nfrom sig_checker.grading.sandbox.choosing import problem\n"
    "for kind in sys.argv[2:]:\n"
    "    command = Sandbox(kind).command(Policy(folder='/tmp'), ['/usr/bin/id', '-u'])\n"
    "    print(kind, problem(kind), subprocess.run(command, capture_output=True, text=True).stdout.strip())\n"
)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="root takes the part of a user by setpriv")
@pytest.mark.skipif(subprocess.run(["/usr/bin/python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
                                   check=False).returncode != 0 if os.path.exists("/usr/bin/python3") else True,
                    reason="the system's own Python is too old, or not there")  # fmt: skip
def test_it_works_for_users_without_privileges(tmp_path_factory):
    kinds = [x.values[0] for x in KINDS_HERE if not x.marks[0].args[0]]
    folder = tmp_path_factory.mktemp("package")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(0o755)
    shutil.copytree(PACKAGE, folder / "sig_checker", ignore=shutil.ignore_patterns("__pycache__"))
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all"]
    tried = run([*user, "/usr/bin/python3", "-I", "-c", UNPRIVILEGED, str(folder), *kinds])

    assert tried.stdout.splitlines() == [f"{kind} None 1000" for kind in kinds], tried


# ---- the choice


def test_the_first_that_works_is_chosen(monkeypatch):
    monkeypatch.setattr(choosing, "problem", lambda kind: None if kind == "namespaces" else "not today")

    assert choose().kind == "namespaces"
    with pytest.raises(ConfigError, match="bubblewrap: not today"):
        choose("bubblewrap")
    with pytest.raises(ConfigError, match="no sandbox is called 'none'"):
        choose("none")


def test_where_none_works_it_refuses_unless_the_submissions_are_trusted(monkeypatch):
    monkeypatch.setattr(choosing, "problem", lambda kind: f"no {kind}")

    with pytest.raises(ConfigError, match=r"(?s)bubblewrap: no bubblewrap\n.*namespaces: no namespaces\n.*--trust-submissions"):
        choose()
    assert choose(trust=True).kind == "none"
    assert not choose(trust=True).confines
    assert choose(trust=True).command(PLAIN, ["true"]) == ["true"]


def test_a_trusted_submission_is_still_confined_where_that_is_possible():
    assert choose(trust=True).kind == choose().kind


def test_a_kind_that_is_missing_or_fails_says_so(monkeypatch):
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    assert "not installed" in choosing.problem.__wrapped__("bubblewrap")
    monkeypatch.setattr(bubblewrap, "program", lambda: "/bin/false")
    assert "status 1" in choosing.problem.__wrapped__("bubblewrap")


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        pytest.param("unshared", "the processes outside can be seen", id="no sandbox at all"),
        pytest.param("supervised", "the files outside can be seen", id="the files of everybody"),
    ],
)
@pytest.mark.skipif(choosing.problem("bubblewrap") is not None, reason=str(choosing.problem("bubblewrap")))
def test_a_sandbox_that_does_not_confine_is_found_out(lacking, told, monkeypatch):
    def wrong(_self, _policy, command):
        return list(command) if lacking == "unshared" else ["bwrap", "--bind", "/", "/", "--unshare-pid", "--as-pid-1",
            "--proc", "/proc", "--", "sh", "-c", '"$@"; exit $?', "x", *command]  # fmt: skip

    monkeypatch.setattr(Sandbox, "command", wrong)
    assert choosing.problem.__wrapped__("bubblewrap") == told


def test_the_choice_is_described():
    assert choose().kind in str(choose().describe())
    assert "not confined" in str(Sandbox("none").describe())
