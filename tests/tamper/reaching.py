"""Tricks that reach outside: files, settings and scores of others, the network, other processes."""

from __future__ import annotations

from tamper.tricks import WRONG, Trick

__all__ = ["TRICKS"]

WRITE = """
import glob, os, sqlite3, subprocess, sys
def write(path, text="tampered", mode="w"):
    for how in (mode, "a"):
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, how) as file: file.write(text)
        except OSError as error: print(path, error)
"""

WRITING = [
    Trick("gradebook", "writing", "scores set in the gradebook", first=WRITE + """
try:
    book = sqlite3.connect(COURSE + "/gradebook.db", timeout=1)
    book.execute("update grade set manual_score = 10, auto_score = 10, needs_manual_grade = 0")
    book.commit()
except sqlite3.Error as error: print(error)"""),
    Trick("trigger", "writing", "a trigger in the gradebook that raises each new score", first=WRITE + """
try:
    book = sqlite3.connect(COURSE + "/gradebook.db", timeout=1)
    book.execute("create trigger more after update on grade begin update grade set manual_score = 10 where id = new.id; end")
    book.commit()
except sqlite3.Error as error: print(error)
write(COURSE + "/gradebook.db-journal")"""),
    Trick("classmates", "writing", "others' submissions, results and feedback", first=WRITE + """
for step in ("submitted", "autograded", "feedback"):
    for path in glob.glob(f"{COURSE}/{step}/*/*/*") + [f"{COURSE}/{step}/zz-right/small/one.ipynb", f"{COURSE}/{step}/new/small/one.ipynb"]:
        write(path)
        try: os.unlink(path)
        except OSError as error: print(error)
for path in glob.glob("../../**", recursive=True) + glob.glob("/tmp/sig-checker-*/**", recursive=True): print(path)"""),
    Trick("configuration", "writing", "the course's configuration and sources", first=WRITE + """
write(COURSE + "/nbgrader_config.py", "raise SystemExit", "a")
write(COURSE + "/source/small/one.ipynb", "{}")
write(COURSE + "/release/small/one.ipynb", "{}")
write(COURSE + "/sitecustomize.py", "raise SystemExit")
write(COURSE + "/nbgrader.py", "raise SystemExit")"""),
    Trick("startup-files", "writing", "what Jupyter, IPython, Python and shells run when they start", first=WRITE + """
for home in (HOME, os.path.expanduser("~root"), os.path.expanduser("~")):
    write(home + "/.ipython/profile_default/startup/00.py", "submit = lambda *a, **k: 10.0")
    write(home + "/.ipython/profile_default/ipython_kernel_config.py", "raise SystemExit")
    write(home + "/.jupyter/jupyter_config.py", "raise SystemExit")
    write(home + "/.local/lib/python3.11/site-packages/usercustomize.py", "raise SystemExit")
    write(home + "/.local/share/jupyter/kernels/python3/kernel.json", "{}")
    for name in (".bashrc", ".profile", ".pythonrc", ".config/pip/pip.conf", ".ssh/authorized_keys"): write(home + "/" + name)
write("/etc/ipython/ipython_config.py")
write("/etc/jupyter/jupyter_config.py")
write("/etc/cron.d/tampered", "* * * * * root true\\n")"""),
    Trick("site-packages", "writing", "modules, .pth files and programs of the environment", first=WRITE + """
import sysconfig
for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), *[x for x in sys.path if os.path.isdir(x)]}:
    write(folder + "/tampered.pth", "import os")
    write(folder + "/sitecustomize.py", "")
    write(folder + "/tampered.py", "")
write(sysconfig.get_path("scripts") + "/tampered")
write(sys.prefix + "/pyvenv.cfg", "tampered", "a")
write(sys.executable, "", "a")
write(sys.prefix + "/share/jupyter/kernels/python3/kernel.json", "{}", "a")
write(submit.__code__.co_filename, "\\ndef submit(*a, **k): return 10.0\\n", "a")
for cached in glob.glob(os.path.dirname(submit.__code__.co_filename) + "/__pycache__/*"):
    write(cached, "", "a")
    try: os.utime(cached)
    except OSError as error: print(error)"""),
    Trick("sentinel", "writing", "a file of the instructor in the shared temporary folder", first=WRITE + """
write(SENTINEL)
for do in (lambda: os.unlink(SENTINEL), lambda: os.rename(SENTINEL, SENTINEL + "x"), lambda: os.chmod(SENTINEL, 0o777),
           lambda: os.truncate(SENTINEL, 0), lambda: os.symlink("/", SENTINEL + ".link"), lambda: os.mkdir(SENTINEL + ".folder")):
    try: do()
    except OSError as error: print(error)
write("/tmp/tampered-" + MARK)
write("/var/tmp/tampered-" + MARK)
write("/dev/shm/tampered-" + MARK)
write("/run/tampered-" + MARK)"""),
    Trick("links", "writing", "links out of the scratch copy, written through by whoever cleans up", first=WRITE + """
for name, target in (("a", COURSE), ("b", SENTINEL), ("c", HOME), ("d", "/"), ("timestamp.txt", COURSE + "/gradebook.db")):
    for place in (name, "../" + name, os.environ["TMPDIR"] + "/" + name):
        try: os.symlink(target, place)
        except OSError as error: print(error)
try: os.link(SENTINEL, "hard")
except OSError as error: print(error)
write("a/tampered")
write("b")
os.chdir("/")
os.system("rm -rf " + os.environ["HOME"] + "/copy 2>/dev/null; ln -s " + COURSE + " " + os.environ["HOME"] + "/copy")"""),
    Trick("locked-folder", "writing", "folders that cannot be removed, names that cannot be told", first="""
import os
os.makedirs("x/" + "y/" * 90)
os.chmod("x", 0)
for name in (b"\\xff\\xfe", b"a\\nb", b"\\x1b[31m", b"-rf", "\u202e".encode()):
    try: os.mkdir(name); os.chmod(name, 0)
    except OSError as error: print(error)
os.chmod(".", 0)
os.chmod(os.environ["HOME"], 0)"""),
    Trick("privileges", "writing", "set-uid, mounts, namespaces, devices, capabilities", first="""
import ctypes, os, stat
libc = ctypes.CDLL(None, use_errno=True)
for do in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot(".."),
           lambda: os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0)), lambda: os.chown(".", 0, 0),
           lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)), lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)):
    try: do(); print("done", do.__code__.co_names)
    except OSError as error: print(error)
os.system("cp /bin/sh shell 2>/dev/null; chmod 4755 shell; ./shell -pc 'touch " + SENTINEL + ".shell' 2>&1; mount 2>&1 | head -3")
for flags in (0x10000000, 0x10020000, 0x20000000, 0x40000000): print(libc.unshare(flags))
print(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), libc.umount2(COURSE.encode(), 2), libc.ptrace(16, 1, 0, 0))
os.system("echo tampered 2>/dev/null > /proc/sys/kernel/core_pattern; echo tampered 2>/dev/null > /proc/sysrq-trigger")
if os.path.exists(SENTINEL + ".shell"): print("NOT CONFINED")"""),
    Trick("terminal", "writing", "the instructor's terminal and the grader's open files", first="""
import fcntl, glob, os, termios
for place in ("/dev/tty", "/dev/console", "/dev/pts/0", *glob.glob("/proc/*/fd/[0-9]*")):
    if place.startswith(f"/proc/{os.getpid()}/") or place.startswith(("/proc/self", "/proc/thread")): continue
    try:
        with open(os.open(place, os.O_WRONLY | os.O_NONBLOCK), "wb", 0) as file: file.write(MARK.encode() + b" tampered\\n")
    except OSError as error: print(error)
for number in range(0, 40):
    try: fcntl.ioctl(number, termios.TIOCSTI, b"x")
    except OSError: pass
for number in (1, 2):
    os.write(number, MARK.encode() + b" tampered\\n")"""),
    Trick("files-handed-in", "writing", "files that stand in the grader's way", files={
        "one_files/x": "x", "gradebook.db": "x", ".nbgrader.log": "x", "feedback.html": "x", "timestamp.txt": "2001-01-01 00:00:00 UTC",
        "jupyter_config.py": "raise SystemExit", "nbgrader_config.py": "raise SystemExit", "conftest.py": "raise SystemExit",
        "one.ipynb.bak": "{}", "sub/one.ipynb": "{}", "sig_checker.pth": "import os", "templates/feedback.tpl": "{{ 1/0 }}",
        ".ipynb_checkpoints/one.ipynb": "{}",
    }, first="import sys\nsys.path.insert(0, '')\nimport os\nprint(sorted(os.listdir('.')))"),
]  # fmt: skip

NETWORK = [
    Trick("tcp", "network", "a connection to a server of the machine", first="""
import socket, urllib.request
for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", socket.gethostname()):
    try: socket.create_connection((host, PORT), timeout=1).sendall(b"tampered")
    except OSError as error: print(host, error)
try: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=1)
except OSError as error: print(error)"""),
    Trick("udp-and-names", "network", "datagrams and look-ups of names", first="""
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for place in (("127.0.0.1", PORT), ("255.255.255.255", 9), ("192.0.2.1", 53)):
    try: sender.sendto(b"tampered", place)
    except OSError as error: print(error)
try: print(socket.getaddrinfo("example.com", 80))
except OSError as error: print(error)"""),
    Trick("unix-sockets", "network", "sockets of other programs, by path and by abstract name", first="""
import glob, socket
for place in (UNIX, "\\0" + ABSTRACT, "/run/docker.sock", "/var/run/dbus/system_bus_socket", *glob.glob("/tmp/*/*sock*"), *glob.glob("/run/**/*.sock")):
    try:
        client = socket.socket(socket.AF_UNIX)
        client.connect(place)
        client.sendall(b"tampered")
        print("connected", place)
    except OSError as error: print(place, error)"""),
    Trick("other-families", "network", "sockets that no network namespace holds", first="""
import socket
for family, kind, protocol in ((40, 1, 0), (17, 3, 3), (16, 3, 15), (38, 5, 0), (2, 3, 1), (10, 3, 58), (31, 1, 0)):
    try: socket.socket(family, kind, protocol); print("made", family)
    except OSError as error: print(family, error)
try:
    machine = socket.socket(40, 1); machine.settimeout(1); machine.connect((2, PORT)); machine.sendall(b"tampered"); print("NOT CONFINED")
except OSError as error: print(error)"""),
    Trick("listening", "network", "a server for others to come in, and the kernels of other submissions", first="""
import glob, json, socket
server = socket.socket()
server.bind(("0.0.0.0", 0)); server.listen()
for path in glob.glob("/tmp/**/kernel*.json", recursive=True) + glob.glob(COURSE + "/../**/kernel*.json", recursive=True):
    print(path)
for line in open("/proc/net/tcp").readlines() + open("/proc/net/unix").readlines(): print(line)"""),
]  # fmt: skip

KILLING = [
    Trick("exit", "killing", "the kernel ends by itself", first="import os\nos._exit(0)"),
    Trick("exit-in-check", "killing", "the kernel ends in a check cell", first="import os\nsubmit = lambda *a, **k: print(10.0) or os._exit(0)"),
    Trick("killed", "killing", "the kernel kills itself", answers={
        "q1_function": WRONG["q1_function"] + "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"}),
    Trick("segfault", "killing", "the kernel reads where nothing is", first="import ctypes\nctypes.string_at(8)"),
    Trick("aborts-in-function", "killing", "the function ends the process when it is called", answers={
        "q1_function": "import os\ndef dsigmoid(z):\n    os.abort()"}),
    Trick("exits-in-function", "killing", "the function raises SystemExit and worse", answers={
        "q1_function": "def dsigmoid(z):\n    class Odd(BaseException): __str__ = lambda self: exit()\n    raise Odd"}),
    Trick("kills-all", "killing", "every process that can be killed", first="""
import os, signal
if confined(): os.kill(-1, signal.SIGKILL)"""),
    Trick("kills-parents", "killing", "the parent, the first process and the group", first="""
import os, signal
if confined():
    for process in (os.getppid(), 1, 2):
        if process == os.getpid(): continue
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGINT):
            try: os.kill(process, number)
            except OSError as error: print(error)
    os.killpg(0, signal.SIGTERM)"""),
    Trick("kills-by-name", "killing", "all that is called nbgrader, python or pytest", first="""
import os, signal
seen = 0
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        try: text = open(f"/proc/{name}/cmdline").read()
        except OSError: continue
        seen += any(x in text for x in ("nbgrader", "sig-checker", "pytest"))
        if confined():
            try: os.kill(int(name), signal.SIGKILL)
            except OSError as error: print(error)
os.system("kill -9 $(ls /proc | grep -E '^[0-9]+$' | grep -v \\\\^$$\\\\$) 2>/dev/null" if confined() else "true")"""),
    Trick("stops-itself", "killing", "the kernel stops and is never heard of again", first="""
import os, signal
if confined(): os.kill(os.getpid(), signal.SIGSTOP)"""),
]  # fmt: skip

TRICKS = [*WRITING, *NETWORK, *KILLING]
