"""A hostile server: tries every door that it knows of and prints, as JSON, what became of each.

A door's outcome is "reached", or the reason why not. It is told by its argument what to look for: {"canary", "port",
"addresses", "sockets", "abstract", "pids", "writes"}. It harms nothing where it gets through.
"""

# It is a program of its own, as anybody may write one.
# ruff: noqa: PTH107, PTH110, PTH113, PTH116, PTH118, PTH121, PTH123, PTH202, PTH208, SIM115
import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

NOTHING: dict[str, Any] = {
    "canary": "",
    "port": 0,
    "addresses": [],
    "sockets": [],
    "abstract": {},
    "pids": [],
    "writes": [],
    "shared_memory": 0,
}
TASK: dict[str, Any] = json.loads(sys.argv[1]) if __name__ == "__main__" else NOTHING
libc = ctypes.CDLL(None, use_errno=True)
COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]
NAMESPACES = {"time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000,
              "pid": 0x20000000, "net": 0x40000000}  # fmt: skip
REACHED = "reached"
doors: dict[str, Callable[[], object]] = {}


def name(code: int) -> str:
    return errno.errorcode.get(code, str(code))


def attempt(act: Callable[[], object]) -> object:
    try:
        return act()
    except OSError as error:
        return name(error.errno or 0)
    except MemoryError:
        return "ENOMEM"


def syscall(number: tuple[int, int], *arguments: object) -> str:
    """The error of a system call that is given what harms nothing if it is let through."""
    if number[COLUMN] < 0:
        return "EPERM"
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    ctypes.set_errno(0)
    return REACHED if libc.syscall(ctypes.c_long(number[COLUMN]), *words) >= 0 else name(ctypes.get_errno())


CALLS = {
    "mount": ((165, 40), b"none", b"/tmp", b"tmpfs", 0, 0), "umount2": ((166, 39), b"/proc", 2),
    "pivot_root": ((155, 41), b"/tmp", b"/tmp"), "chroot": ((161, 51), b"/tmp"), "setns": ((308, 268), 0, 0),
    "ptrace": ((101, 117), 16, 1, 0, 0), "process_vm_readv": ((310, 270), 1, 0, 0, 0, 0, 0),
    "process_vm_writev": ((311, 271), 1, 0, 0, 0, 0, 0), "kcmp": ((312, 272), 1, 1, 0, 0, 0), "pidfd_getfd": ((438, 438), 0, 0, 0),
    "keyctl": ((250, 219), 0, -3, 0), "add_key": ((248, 217), b"user", b"x", b"y", 1, -3),
    "request_key": ((249, 218), b"user", b"x", 0, -3), "bpf": ((321, 280), 0, 0, 0), "userfaultfd": ((323, 282), 1),
    "perf_event_open": ((298, 241), 0, 0, -1, -1, 0), "io_uring_setup": ((425, 425), 1, bytes(128)),
    "init_module": ((175, 105), 0, 0, b""), "finit_module": ((313, 273), 0, b"", 0), "delete_module": ((176, 106), b"nothing", 0),
    "kexec_load": ((246, 104), 0, 0, 0, 0), "kexec_file_load": ((320, 294), -1, -1, 0, 0, 0), "reboot": ((169, 142), 0, 0, 0),
    "swapon": ((167, 224), b"/nowhere", 0), "swapoff": ((168, 225), b"/nowhere"), "quotactl": ((179, 60), 0, 0, 0, 0),
    "acct": ((163, 89), b"/nowhere"), "settimeofday": ((164, 170), 0, 0), "clock_settime": ((227, 112), 0, 0),
    "sethostname": ((170, 161), b"x", 1), "open_by_handle_at": ((304, 265), 0, 0, 0),
    "name_to_handle_at": ((303, 264), -100, b"/", 0, 0, 0), "syslog": ((103, 116), 10, 0, 0), "iopl": ((172, -1), 3),
    "fanotify_init": ((300, 262), 0, 0), "open_tree": ((428, 428), -100, b"/", 1), "fsopen": ((430, 430), b"tmpfs", 0),
    "move_mount": ((429, 429), 0, b"", 0, b"", 0), "mount_setattr": ((442, 442), -100, b"/", 0, bytes(32), 32),
    **{f"unshare {kind}": ((272, 97), flag) for kind, flag in NAMESPACES.items()},
}  # fmt: skip
for call, words in CALLS.items():
    doors[f"call {call}"] = lambda words=words: syscall(*words)  # type: ignore[misc]


def clone(flag: int) -> str:
    """A child in a new namespace, which would end at once."""
    ctypes.set_errno(0)
    child = libc.syscall(
        ctypes.c_long((56, 220)[COLUMN]), ctypes.c_long(flag | signal.SIGCHLD), *[ctypes.c_long(0)] * 4
    )
    if child == 0:
        os._exit(0)
    return REACHED if child > 0 else name(ctypes.get_errno())


for kind, flag in NAMESPACES.items():
    if kind != "time":  # clone has no bit for it
        doors[f"clone {kind}"] = lambda flag=flag: clone(flag)  # type: ignore[misc]
doors["call clone3"] = lambda: syscall((435, 435), bytes(88), 88)


def other_architecture() -> str:
    """System calls by the numbers of 32-bit programs would pass a filter that looks at numbers alone."""
    if COLUMN:
        return "EPERM"
    child = os.fork()
    if not child:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # getpid, by the door of 32-bit programs
        call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        os._exit(0 if call() > 0 else 1)
    status = os.waitpid(child, 0)[1]
    return REACHED if status == 0 else "ended"


doors["calls of 32-bit programs"] = other_architecture
doors["calls of x32 programs"] = lambda: syscall((0x40000000 + 39, -1))


def visible() -> Iterator[str]:
    """Every file that can be seen, but for the system's own and the kernel's."""
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [each for each in folders if each not in ("proc", "sys", "usr")]
        yield from (os.path.join(folder, each) for each in (*folders, *files))


def canaries() -> object:
    """The places where the canary can be read."""
    found = []
    for path in visible():
        with contextlib.suppress(OSError):
            if os.path.isfile(path) and os.path.getsize(path) < 1 << 16 and not os.path.samefile(path, __file__):
                with open(path, "rb") as file:
                    if TASK["canary"].encode() in file.read():
                        found.append(path)
    return found


doors["canaries"] = canaries
for path in (
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/ssh",
    "/etc/sudoers",
    "/etc/ssl/private",
    "/boot",
    "/var/log",
    "/sys/kernel",
    "/mnt",
):
    doors[f"see {path}"] = lambda path=path: REACHED if os.path.exists(path) else "ENOENT"  # type: ignore[misc]


def write(path: str) -> str:
    with open(path, "w") as file:
        file.write("hostile")
    return REACHED


for path in TASK["writes"]:
    doors[f"write {path}"] = lambda path=path: write(path)  # type: ignore[misc]
doors["unix sockets seen"] = lambda: [
    path for path in visible() if os.path.exists(path) and os.stat(path).st_mode & 0o170000 == 0o140000
]
doors["setuid programs that help"] = lambda: ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 0
doors["a device of its own"] = lambda: attempt(lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))) or REACHED
doors["become root"] = lambda: attempt(lambda: os.setresuid(0, 0, 0)) or REACHED
doors["become somebody"] = lambda: attempt(lambda: os.setresuid(1000, 1000, 1000)) or REACHED


def status(key: str) -> str:
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(key))


for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"):
    doors[key] = lambda key=key: int(status(f"{key}:"), 16)  # type: ignore[misc]
doors["user"] = os.getuid
doors["processes seen"] = lambda: sorted(int(each) for each in os.listdir("/proc") if each.isdigit())
doors["own process"] = os.getpid
for path in ("environ", "mem", "root", "cwd", "fd", "maps"):
    doors[f"the first process's {path}"] = lambda path=path: attempt(  # type: ignore[misc]
        lambda: (
            (os.listdir if path in ("fd", "root", "cwd") else lambda where: open(where, "rb").read(1))(
                f"/proc/1/{path}"
            )
            and REACHED
        )
    )
for pid in TASK["pids"]:
    doors[f"signal {pid}"] = lambda pid=pid: attempt(lambda: os.kill(pid, 0)) or REACHED  # type: ignore[misc]
doors["descriptors"] = lambda: sorted(int(each) for each in os.listdir("/proc/self/fd"))[:-1]
doors["out of memory first"] = lambda: open("/proc/self/oom_score_adj").read().strip()
doors["environment"] = lambda: dict(os.environ)


def connect(family: int, address: object) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as link:
        link.settimeout(2.0)
        try:
            link.connect(address)  # type: ignore[arg-type]
        except TimeoutError:
            return "ETIMEDOUT"
    return REACHED


for path in TASK["sockets"]:
    doors[f"unix {path}"] = lambda path=path: connect(socket.AF_UNIX, path)  # type: ignore[misc]
for label, text in TASK["abstract"].items():
    doors[f"abstract {label}"] = lambda text=text: connect(socket.AF_UNIX, "\0" + text)  # type: ignore[misc]
for address in TASK["addresses"]:
    doors[f"connect {address}"] = lambda address=address: connect(  # type: ignore[misc]
        socket.AF_INET6 if ":" in address else socket.AF_INET, (address, TASK["port"])
    )
for label, sort in {
    "packets": (17, socket.SOCK_RAW, 0), "vsock": (40, socket.SOCK_STREAM, 0), "crypto": (38, socket.SOCK_SEQPACKET, 0),
    "bluetooth": (31, socket.SOCK_RAW, 0), "raw": (2, socket.SOCK_RAW, 1), "raw6": (10, socket.SOCK_RAW, 58),
    "netfilter": (16, socket.SOCK_RAW, 12), "generic netlink": (16, socket.SOCK_RAW, 16), "audit": (16, socket.SOCK_RAW, 9),
}.items():  # fmt: skip
    doors[f"socket {label}"] = lambda sort=sort: attempt(lambda: socket.socket(*sort).close()) or REACHED  # type: ignore[misc]


def keystrokes() -> str:
    """Where the lab runs at a terminal, words could be put into its mouth."""
    fcntl.ioctl(1, 0x5412, b"x")
    return REACHED


doors["keystrokes"] = keystrokes
doors["shared memory of the machine"] = lambda: (
    REACHED if libc.shmget(TASK["shared_memory"], 1, 0) >= 0 else name(ctypes.get_errno())
)


def route() -> str:
    """Changes of the host's network."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.send(struct.pack("=IHHII", 32, 16, 5, 1, 0) + struct.pack("=BxHiII", 0, 0, 1, 0, 1))
        answer = link.recv(4096)
    code = -struct.unpack_from("=i", answer, 16)[0]
    return name(code) if code else REACHED


doors["network settings"] = route


def crowd() -> int:
    """How many threads can be started."""
    stop, threads = threading.Event(), list[threading.Thread]()
    threading.stack_size(1 << 16)
    with contextlib.suppress(RuntimeError):
        while len(threads) < 5000:
            threads.append(threading.Thread(target=stop.wait))
            threads[-1].start()
    stop.set()
    return len(threads)


def open_files() -> int:
    held = list[int]()
    with contextlib.suppress(OSError):
        while len(held) < 100_000:
            held.append(os.dup(0))
    for fd in held:
        os.close(fd)
    return len(held)


def fill(path: str) -> int:
    """MB that a file can have."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = 0
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while size < 3000:
            if file.write(bytes(1 << 20)) < 1 << 20:
                break
            size += 1
    os.remove(path)
    return size


def memory() -> int:
    """MB that can be had."""
    held = list[bytearray]()
    with contextlib.suppress(MemoryError):
        while len(held) < 300:
            held.append(bytearray(64 << 20))
    return len(held) * 64


if TASK.get("greedy"):
    doors.clear()
    doors["threads"] = crowd
    doors["open files"] = open_files
    doors["file in the folder"] = lambda: fill("big")
    doors["file in /tmp"] = lambda: fill("/tmp/big")
    doors["memory"] = memory
    doors["core file"] = lambda: resource.getrlimit(resource.RLIMIT_CORE)[1]

if __name__ == "__main__":
    print(json.dumps({door: attempt(act) for door, act in doors.items()}), flush=True)
