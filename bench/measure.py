"""measure.py COMMAND [ARGUMENT...]: runs a program, and tells on file descriptor 3 what it took.

Wall time from just before the start to the end. CPU time (user and system, of the program and what it
waited for) is the kernel's account, from wait4. Its peak memory would be wrong there: it counts what was resident in
this process when it forked. So it is VmHWM of /proc/PID/status, which never falls, read every 20 ms at most.
"""
import json
import os
import select
import sys
import time


def peak(pid):
    try:
        with open(f"/proc/{pid}/status", "rb") as status:
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0  # it has ended


os.set_inheritable(3, False)
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)  # returns when the program has begun
ended = select.poll()
ended.register(os.pidfd_open(pid), select.POLLIN)
kibibytes = 0
pause = 1
while not ended.poll(pause):
    kibibytes = max(kibibytes, peak(pid))
    pause = min(2 * pause, 20)
wall = time.monotonic() - start
_, status, usage = os.wait4(pid, 0)
with os.fdopen(3, "w") as report:
    json.dump(
        {
            "status": os.waitstatus_to_exitcode(status),
            "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak": kibibytes * 1024,
        },
        report,
    )
