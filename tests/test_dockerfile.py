"""The image's steps are played here, from the files it copies alone, as no engine builds the image itself."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
PACKAGES = ("governance", "adapters", "bot", "migrations")

Step = tuple[str, str]


def stages() -> list[list[Step]]:
    """The instructions of each stage, in order, lines joined where they go on."""
    text = (HOUSE / "Dockerfile").read_text().replace("\\\n", " ")
    found: list[list[Step]] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(None, 1)
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


BUILD, FINAL = stages()


def values(stage: list[Step], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_the_image_has_two_stages_and_what_runs_is_nobody_special() -> None:
    assert values(BUILD, "FROM")[0].endswith(" AS build")
    assert values(BUILD, "FROM")[0].split(":")[1][:4] == values(FINAL, "FROM")[0].split(":")[1][:4]  # one Python
    user, group = values(FINAL, "USER")[0].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"--chown={user}:{group} /data /data" in " ".join(values(FINAL, "COPY"))
    assert json.loads(values(FINAL, "CMD")[0]) == ["roundabout", "run"]


def test_every_run_line_is_a_target_of_the_makefile() -> None:
    lines = values(BUILD, "RUN") + values(FINAL, "RUN")
    assert lines
    for line in lines:
        make, *words = shlex.split(line)
        assert make == "make", line
        assert not set(line) & set(";&|`$"), line
        subprocess.run(["make", "--dry-run", *words], cwd=HOUSE, check=True, capture_output=True)


def test_what_is_copied_is_not_ignored() -> None:
    let_in = {line[1:] for line in (HOUSE / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for line in values(BUILD, "COPY") for name in shlex.split(line)[:-1]}
    assert copied == let_in
    assert copied >= set(PACKAGES)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The places an image would have, made by the steps of its first stage from the files it copies."""
    root = tmp_path_factory.mktemp("image")
    source = root / "source"
    for line in values(BUILD, "COPY"):
        *names, target = shlex.split(line)
        for name in names:
            if (HOUSE / name).is_dir():
                shutil.copytree(HOUSE / name, source / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                source.mkdir(exist_ok=True)
                shutil.copy(HOUSE / name, source / target)
    # The Makefile shall set up everything as if it was the first to be called.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    for line in values(BUILD, "RUN"):
        words = [word.replace("=/", f"={root}/") for word in shlex.split(line)]
        done = subprocess.run(words, cwd=source, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    # Nothing of the source is there when the program runs.
    shutil.rmtree(source)
    yield root
    shutil.rmtree(root)  # some 170 MB


def played(image: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command of the image, in its folder, with its environment and nothing else."""
    environment = dict(pair.split("=", 1) for pair in shlex.split(values(FINAL, "ENV")[0]))
    environment = {name: value.replace("/opt/", f"{image}/opt/").replace("/data", f"{image}/data")
                   for name, value in environment.items()}
    program = shutil.which(command[0], path=environment["PATH"])
    assert program, f"{command[0]} is not in the image"
    return subprocess.run([program, *command[1:]], cwd=image / "data", env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.xdist_group("image")
class TestTheStepsPlayed:
    def test_the_packages_are_installed_whole(self, image: Path) -> None:
        """Words, pages and migrations come along, not only the code."""
        (library,) = (image / "opt/roundabout/lib").glob("python3.*/site-packages")
        listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=HOUSE, capture_output=True, text=True, check=True)
        missing = [name for name in listed.stdout.split() if not (library / name).exists()]
        assert missing == []
        assert not list(library.glob("pytest*"))

    def test_both_extras_are_there(self, image: Path) -> None:
        done = played(image, ["python", "-c", "import vodozemac, psycopg"])
        assert done.returncode == 0, done.stderr

    def test_the_data_folder_is_for_its_owner_only(self, image: Path) -> None:
        assert (image / "data").stat().st_mode & 0o777 == 0o700

    def test_the_health_check_finds_a_fresh_image_well(self, image: Path) -> None:
        check = json.loads(values(FINAL, "HEALTHCHECK")[0].split(" CMD ")[1])
        done = played(image, check)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_the_command_runs_to_the_end_of_its_input(self, image: Path) -> None:
        done = played(image, json.loads(values(FINAL, "CMD")[0]))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
