"""Makes the interpreter pretend to be on a system that is no Linux and has what is portable alone.

It goes on PYTHONPATH, so every process of a command pretends. There is no /proc, no fork, no
affinity, no Unix socket, and no signal but SIGINT, SIGTERM and those of a crash (SIGKILL stays:
`subprocess` needs it). The name of the system is that of a real one, since libraries ask.
"""

import _socket
import os
import signal
import sys
import sysconfig

# Without it there is the one that Windows has, over TCP.
del _socket.socketpair

# These ask for the system when they are imported, and have other parts for each, which Debian
# leaves out of ctypes; so has sysconfig.
import ctypes.util  # noqa: E402, F401
import socket  # noqa: E402

import psutil  # noqa: E402, F401

sysconfig.get_config_vars()

SIGNALS = {"SIGINT", "SIGTERM", "SIGKILL", "SIGABRT", "SIGFPE", "SIGILL", "SIGSEGV"}
SYSTEM = ["fork", "forkpty", "register_at_fork", "pidfd_open"]
AFFINITY = ["sched_getaffinity", "sched_setaffinity"]
WAYS = ["pthread_sigmask", "pthread_kill", "sigwait", "sigpending", "setitimer", "alarm"]
GONE = {
    os: [*SYSTEM, *AFFINITY],
    signal: [*WAYS, *(each.name for each in signal.Signals if each.name not in SIGNALS)],
    socket: ["AF_UNIX", "send_fds", "recv_fds"],
}


def _without_proc(event, arguments):
    if event not in ("open", "os.listdir", "os.scandir") or not arguments:
        return
    if not str(arguments[0]).startswith("/proc"):
        return
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("psutil"):
            return  # which would ask that system's kernel
        frame = frame.f_back
    raise FileNotFoundError(2, "No such file or directory", arguments[0])


for module, names in GONE.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
sys.addaudithook(_without_proc)
sys.platform = "darwin"
