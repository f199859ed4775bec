"""`chargeyard import`, as somebody at a terminal meets it."""

from pathlib import Path

from tests.cli.terminal import run

SECRET = "very-secret-password"


def test_a_table_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text(f"charge_point,password\nCP1,{SECRET}\nCP2,{SECRET * 9}\n")
    words = ("import", "csv", "charge-points", file, "--data-dir", tmp_path / "data")
    refused, taken = run(*words), run(*words, "--skip-bad")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert refused.stdout.startswith("line 3: password is longer than 64 characters\n")
    assert (taken.returncode, taken.stderr) == (0, "")
    assert "charge-points: 1 taken, 0 known already and left as they are, 1 refused\n" in taken.stdout
    for ended in (refused, taken):
        assert SECRET not in ended.stdout + ended.stderr


def test_another_kind_of_database_is_no_steve(tmp_path: Path) -> None:
    ended = run("import", "steve", tmp_path / "steve.db", "--data-dir", tmp_path / "data")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "SteVe keeps its data in MySQL or MariaDB" in ended.stderr
    assert not (tmp_path / "steve.db").exists()
