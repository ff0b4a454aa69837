"""The supervisor's life: it passes signals on, and ends everything when the confined process has ended or all take too much.

Standard library only. The system has no limits for processes together that anybody may set, so they are looked at, twenty
times a second.
"""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, NoReturn

__all__ = [
    "FAILED", "LEFT", "NEW_CELL", "TOO_MANY_SOCKETS", "TOO_MUCH_MEMORY", "TOO_MUCH_PROCESSOR", "as_code", "fail", "watch",
]  # fmt: skip

FAILED, TOO_MUCH_MEMORY, TOO_MANY_SOCKETS, TOO_MUCH_PROCESSOR = 125, 124, 123, 122  # exit statuses
LEFT = 121  # of a supervisor, where who would have told it of the confined process's end is gone
NEW_CELL = 0  # an order that is no signal: from now on the processor's time is counted for another cell
_SIGKILL, _SIGCONT, _SIGSTOP = 9, 18, 19
_WATCH_MILLISECONDS = 50
_MOST_SOCKETS = 64  # names in the folder that is seen outside, too; a kernel makes five


def fail(error: BaseException) -> NoReturn:
    """End the process with what was in the way."""
    try:
        os.write(2, f"sandbox: {type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(FAILED)


def as_code(status: int) -> int:
    """A process's status as shells tell it."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def watch(confined: int, policy: Mapping[str, Any], line: int | None = None) -> NoReturn:
    """For PID 1, whose end is that of all others.

    `line`: where the confined process is another's child, the socket on which that one tells its exit status.
    """
    try:
        control, limits, ticks = policy["control"], policy["limits"], os.sysconf("SC_CLK_TCK")
        shared = [path for kind, path, _ in policy["view"] if kind == "sockets"]
        events = select.poll()
        events.register(os.pidfd_open(confined) if line is None else line, select.POLLIN)
        if control is not None:
            events.register(control, select.POLLIN)
        processor, before_the_cell = _Processor(), float("inf")  # there is no cell yet
        while True:
            ready = [fd for fd, _ in events.poll(_WATCH_MILLISECONDS)]
            processes = [x for x in os.listdir("/proc") if x.isdigit() and x != "1"]
            taken = processor.taken(processes)
            if taken > ticks * limits["cpu_seconds"] or taken - before_the_cell > ticks * limits["cell_cpu_seconds"]:
                os._exit(TOO_MUCH_PROCESSOR)
            if control in ready:
                orders = os.read(control, 64)
                if not orders:  # whoever has started all this is gone, or wants it to end
                    os._exit(128 + _SIGKILL)
                for number in orders:
                    if number == NEW_CELL:
                        before_the_cell = taken
                    else:
                        _signal_group(confined, number)
            if line in ready:
                told = _told(line)
                os._exit(LEFT if not told else FAILED if told[0] == LEFT else told[0])  # who is confined may end as it likes
            for process, status in _ended():
                if process == confined:
                    os._exit(as_code(status))
            if _too_much(processes, limits["memory_bytes"]):
                os._exit(TOO_MUCH_MEMORY)
            if any(len(os.listdir(path)) > _MOST_SOCKETS for path in shared):
                os._exit(TOO_MANY_SOCKETS)
    except BaseException as error:
        fail(error)


def _told(line: int) -> bytes:
    try:
        return os.read(line, 1)
    except ConnectionError:
        return b""


def _ended() -> Iterator[tuple[int, int]]:
    """The children of this process that have ended, orphans of others among them, with their statuses."""
    while True:
        try:
            ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended[0]:
            return
        yield ended


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        os.kill(leader, number)  # it has not come to lead a group yet


class _Processor:
    """Counts the time of the processor that the sandbox's processes have taken together, in ticks.

    It is the larger of two sums, neither of which can be more than is true: what each was seen to have taken when it was last
    looked at, and what the living have taken with those whose end they have waited for. The first misses processes between
    two looks, the second those that nobody waits for; only who is both is not counted.
    """

    def __init__(self) -> None:
        self._living: dict[tuple[str, bytes], int] = {}
        self._of_the_dead = self._waited_for = 0

    def taken(self, processes: Iterable[str]) -> int:
        """So far; to be asked time and again."""
        living: dict[tuple[str, bytes], int] = {}
        waited_for = sum(_times("1")[2])
        for process in processes:
            begun, own, others = _times(process)
            living[process, begun] = sum(own)
            waited_for += sum(others)
        self._of_the_dead += sum(ticks for which, ticks in self._living.items() if which not in living)
        # who ends in the middle of this may have been met alive and waited for, so the second sum is that of the look before
        taken = sum(living.values()) + max(self._of_the_dead, self._waited_for)
        self._living, self._waited_for = living, max(self._waited_for, waited_for)
        return taken


def _times(process: str) -> tuple[bytes, list[int], list[int]]:
    """When it has begun; the ticks that it has taken; those of its children whose end it has waited for."""
    fields = _read(f"/proc/{process}/stat").rpartition(b")")[2].split()  # it is called as it likes
    return (fields[19], [*map(int, fields[11:13])], [*map(int, fields[13:15])]) if fields else (b"", [], [])


def _too_much(processes: Iterable[str], most: int) -> bool:
    """Whether the processes hold more bytes than that, what they have from files apart.

    The quick count takes what processes share once for each of them, and only where it is exceeded the pages are looked at:
    so many forks of a large process are no offence. Looking takes a while, in which nobody may take more.
    """
    quick = sum(map(_held, processes))
    if quick <= most or quick > 4 * most:
        return quick > most
    try:
        os.kill(-1, _SIGSTOP)
        much = sum(map(_held_alone, processes)) > most
        os.kill(-1, _SIGCONT)
    except ProcessLookupError:  # all have ended
        return False
    return much


def _held(process: str) -> int:
    return _added_up(f"/proc/{process}/status", (b"RssAnon:", b"RssShmem:", b"VmSwap:", b"VmPTE:"))


def _held_alone(process: str) -> int:
    try:
        own = _added_up(f"/proc/{process}/smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"))
        return own + _added_up(f"/proc/{process}/status", (b"VmPTE:",))
    except PermissionError:  # it has closed itself to others
        return _held(process)


def _added_up(path: str, fields: tuple[bytes, ...]) -> int:
    return sum(int(line.split()[1]) << 10 for line in _read(path).splitlines() if line.startswith(fields))


def _read(path: str) -> bytes:
    """Nothing where the process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, 8192)
        finally:
            os.close(fd)
    except (FileNotFoundError, ProcessLookupError):
        return b""
