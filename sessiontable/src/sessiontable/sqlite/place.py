"""Where an SQLite file is, and whether it still is the one that was opened.

SQLite goes on with a file that was removed or replaced: it writes to what nobody will ever open again.
"""

import os
from contextlib import suppress
from pathlib import Path

from ..errors import SessionError, StoreUnavailable

type Identity = tuple[int, int] | None
"""Device and inode; None where there is no file."""


class Place:
    """A file, and the two that SQLite keeps beside it while it is open: the three are one thing.

    Raises SessionError where the file cannot serve. It is made, for this user alone, if there is none.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = usable(path)
        self._first, real = str(self.path), os.path.realpath(self.path)  # SQLite keeps them where the file really is
        self._names = (self._first, f"{real}-wal", f"{real}-shm")
        self._here: list[Identity] = []
        self._descriptor: int | None = None

    def remember(self) -> None:
        """What is there from now on, as a connection has opened it: not before, since an overlay, as a container's, gives a
        file another identity when it is first opened for writing. Raises StoreUnavailable where the file has changed.
        """
        self.check_file()
        self._here = [_identity(name) for name in self._names]
        found = self._descriptors()
        self._descriptor = found[0] if len(found) == 1 else None  # of several nobody knows whose they are

    def check_file(self) -> None:
        """Raises StoreUnavailable where another file is there, or none."""
        if self._here and _identity(self._first, least=1) != self._here[0]:
            raise self._gone(self._first)

    def check(self) -> None:
        """The same for all three."""
        self.check_file()
        for name, identity in zip(self._names[1:], self._here[1:], strict=False):
            if _identity(name) != identity:
                raise self._gone(name)

    def forget_log(self) -> None:
        """No connection is open any more: what is beside the file may go."""
        del self._here[1:]
        self._descriptor = None

    def sync(self) -> bool:
        """Wait until the disk has what was written to the file, by whomever. False where that was not possible.

        It needs a descriptor, and closing one of its own would drop all locks that this process has on the file: that of
        SQLite's connection which was there at `remember` is used. That one writes nothing, so that errors of the disk are
        left for those to meet who do.
        """
        if self._descriptor is None:
            return False
        try:
            getattr(os, "fdatasync", os.fsync)(self._descriptor)
        except OSError:
            return False
        return True

    def _descriptors(self) -> list[int]:
        """Those that this process has of the file, as far as the system tells."""
        found = []
        with suppress(OSError):
            for each in Path("/dev/fd").iterdir():
                with suppress(OSError):  # closed meanwhile
                    one = os.fstat(int(each.name))
                    if (one.st_dev, one.st_ino) == self._here[0]:
                        found.append(int(each.name))
        return found

    def _gone(self, name: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"session file {self.path}: {Path(name).name} was removed or replaced while the store was open, and "
            "what it is given would be lost: open the store anew, which a restart of the server does, and move "
            "session files only while no server runs"
        )


def _identity(name: str, least: int = 0) -> Identity:
    """None, too, for a file of fewer octets than `least`."""
    try:
        found = os.stat(name)  # noqa: PTH116 - twice as quick as that of a Path, and done at each write
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size >= least else None


def usable(path: str | Path) -> Path:
    """The file, which is made, for this user alone, if there is none. Raises SessionError where that cannot be.

    One that exists is not opened here: closing it would drop all locks that this process has on it.
    """
    if not isinstance(path, str | os.PathLike) or str(path) in {"", ":memory:"}:
        raise SessionError(f"session file {str(path)!r} is no path: name a file, or use MemoryStore")
    file = Path(path).absolute()
    try:
        os.close(os.open(os.path.realpath(file), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise SessionError(f"session file {file}: there is no such folder: create it, or name another file") from None
    except (OSError, ValueError) as error:
        raise SessionError(f"session file {file} cannot be made ({error}): name another file") from error
    if file.is_dir():
        raise SessionError(f"session file {file} is a folder: name a file in it")
    for place in (file, file.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise SessionError(
                f"session file {file}: {place} may not be written: let this user write to it, or name another file"
            )
    return file
