"""A missing service skips a test on a person's machine and fails it in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.availability import SERVICES, unavailable

ROOT = Path(__file__).parents[2]

NEEDED = len([service for service in SERVICES.values() if not service.optional])

PLAIN = ("-rsf", "-p", "no:cacheprovider", "-c", os.devnull, "--deselect", "test_it.py::test_needs[postgresql-15]")

NEED_EACH_SERVICE = """
import pytest
from tests.services.availability import SERVICES, require


@pytest.mark.parametrize("service", SERVICES)
def test_needs(service):
    require(service)
"""


def run_where_nothing_is_installed(tmp_path: Path, *, ci: str) -> str:
    """Run a test for each service where no program is on the path, and return what pytest says."""
    (tmp_path / "test_it.py").write_text(NEED_EACH_SERVICE)
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", *PLAIN, "--rootdir", str(tmp_path), str(tmp_path / "test_it.py")],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "PYTHONPATH": str(ROOT), "COLUMNS": "200", "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.stdout + finished.stderr


def test_a_person_is_told_how_to_install_it(tmp_path: Path) -> None:
    said = run_where_nothing_is_installed(tmp_path, ci="")

    assert f"{NEEDED} skipped" in said
    assert "failed" not in said
    assert "Redis is needed: it is not installed (apt-get install redis-server)" in said


def test_ci_fails(tmp_path: Path) -> None:
    said = run_where_nothing_is_installed(tmp_path, ci="true")

    assert f"{NEEDED} failed" in said
    assert "skipped" not in said
    assert "Redis is needed: it is not installed (apt-get install redis-server)" in said


def test_only_an_optional_service_may_be_missing_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.skip.Exception, match="PostgreSQL 15 is needed: it is not installed"):
        unavailable("postgresql-15", "it is not installed")
    with pytest.raises(pytest.fail.Exception, match="Elasticsearch is needed: it did not start"):
        unavailable("elasticsearch", "it did not start")
