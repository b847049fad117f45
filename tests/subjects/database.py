"""A MariaDB of the tests' own, for applications that keep their users in one: started, given its users, ended."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORT = 13306
USERS = """
CREATE OR REPLACE USER alice@'%' IDENTIFIED BY 'Pw-alice-1'; CREATE OR REPLACE USER bob@'%' IDENTIFIED BY 'Pw-bob-1';
CREATE DATABASE notes; CREATE TABLE notes.t(u varchar(40) primary key, v text);
GRANT ALL ON notes.* TO alice@'%'; GRANT ALL ON notes.* TO bob@'%'; DROP USER IF EXISTS ''@'localhost';
"""
SECONDS = 30.0


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """It listens on 127.0.0.1, keeps its files in the folder, and knows Alice and Bob."""
    place = folder / "mariadb"
    place.mkdir()
    folder.chmod(0o755)
    shutil.chown(place, "mysql")
    files = ("--no-defaults", "--user=mysql", f"--datadir={place}/data")
    subprocess.run(
        ("mariadb-install-db", *files, "--auth-root-authentication-method=normal"), check=True, capture_output=True
    )
    door = f"--socket={place}/door"
    server = subprocess.Popen(
        ("/usr/sbin/mariadbd", *files, door, f"--port={PORT}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(server, door)
        subprocess.run(("mariadb", "--no-defaults", door, "-u", "root", "-e", USERS), check=True)
        yield
    finally:
        server.terminate()
        server.wait()


def _await(server: subprocess.Popen[bytes], door: str) -> None:
    deadline = time.monotonic() + SECONDS
    while subprocess.run(("mariadb-admin", "--no-defaults", door, "ping"), check=False, capture_output=True).returncode:
        assert server.poll() is None, "the database has ended"
        assert time.monotonic() < deadline, "the database does not answer"
        time.sleep(0.1)
