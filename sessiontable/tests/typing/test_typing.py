"""The package has types (PEP 561), and they fit how it is used."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("sample", ["endpoints.py", "scopes.py"])
def test_mypy_strict_knows_what_an_app_may_do(sample: str, tmp_path: Path) -> None:
    """As whoever has installed the package: by its py.typed, with no setting of this repository."""
    shutil.copy(Path(__file__).with_name(sample), tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", sample],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
