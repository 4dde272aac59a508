"""The commands, as a person calls them: what they find, and what they say when something is missing."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

import nbformat
import pytest
import setup_environment as setup
from conftest import ROOT
from nbformat import v4

COMMANDS = ("run", "lab", "test", "kernel", "execute", "doctor")


def call(command, *arguments, **environment):
    """Calls a command with the interpreter that a person would have: outside the environment."""
    return subprocess.run(
        [sys.executable, ROOT / "environment" / command, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def fake_jdk(folder, version):
    (folder / "bin").mkdir(parents=True)
    for name in ("java", "javac"):
        file = folder / "bin" / setup.executable(name)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    (folder / "release").write_text(f'IMPLEMENTOR="somebody"\nJAVA_VERSION="{version}"\n')
    return folder


@pytest.fixture
def no_jdk_anywhere(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(setup, "jdk_folders", lambda: iter(()))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_executable_and_explains_itself(command):
    file = ROOT / "environment" / command
    assert file.read_text().startswith("#!/usr/bin/env python3\n")
    assert os.access(file, os.X_OK)
    answer = call(command, "--help")
    assert answer.returncode == 0
    assert f"environment/{command}" in answer.stdout


@pytest.mark.parametrize("command", [*COMMANDS, "setup_environment.py", "pretend_gpu.py"])
def test_every_command_needs_the_standard_library_alone(command):
    source = (ROOT / "environment" / command).read_text()
    imported = re.findall(r"^(?:import|from) ([\w.]+)", source, re.MULTILINE)
    allowed = {*sys.stdlib_module_names, "setup_environment", "pretend_gpu"}
    assert imported and {name.split(".")[0] for name in imported} <= allowed


def test_java_home_comes_first(no_jdk_anywhere, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("JAVA_HOME", str(fake_jdk(tmp_path / "named", "21.0.2")))
    monkeypatch.setenv("PATH", str(fake_jdk(tmp_path / "path", "17.0.1") / "bin"))
    jdk = setup.find_jdk()
    assert (jdk.home.name, jdk.feature) == ("named", 21)
    assert "JDK 21.0.2" in capsys.readouterr().out


def test_a_jdk_that_is_too_old_is_passed_over_aloud(no_jdk_anywhere, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("JAVA_HOME", str(fake_jdk(tmp_path / "old", "1.8.0_402")))
    monkeypatch.setenv("PATH", str(fake_jdk(tmp_path / "new", "25") / "bin"))
    assert setup.find_jdk().feature == 25
    assert "JDK 1.8.0_402" in capsys.readouterr().out


def test_a_runtime_without_a_compiler_is_no_jdk(no_jdk_anywhere, monkeypatch, tmp_path, capsys):
    folder = fake_jdk(tmp_path / "jre", "17.0.1")
    (folder / "bin" / setup.executable("javac")).unlink()
    monkeypatch.setenv("JAVA_HOME", str(folder))
    with pytest.raises(setup.Problem, match="No JDK 17 or newer .*apt install openjdk-17"):
        setup.find_jdk()
    assert "holds no JDK" in capsys.readouterr().out


def test_a_missing_maven_says_what_to_install(monkeypatch, tmp_path):
    for variable in ("MAVEN_HOME", "M2_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(setup.Path, "is_file", lambda path: False)
    with pytest.raises(setup.Problem, match="Maven was not found .*apt install maven"):
        setup.find_maven()


@pytest.fixture
def no_maven_anywhere(monkeypatch, tmp_path):
    for variable in ("MAVEN_HOME", "M2_HOME", "MAVEN_ARGS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MAVEN_USER_HOME", str(tmp_path))
    is_file = setup.Path.is_file
    monkeypatch.setattr(
        setup.Path, "is_file", lambda path: setup.ROOT in path.parents and is_file(path)
    )


def test_without_maven_its_wrapper_fetches_one_aloud(no_maven_anywhere, tmp_path, capsys):
    wrapper = setup.ROOT / ("mvnw.cmd" if setup.WINDOWS else "mvnw")
    assert setup.find_maven() == wrapper
    assert f"its wrapper fetches one (9 MB) into {tmp_path}" in capsys.readouterr().out
    assert os.access(wrapper, os.X_OK)


def test_a_maven_that_the_wrapper_has_fetched_is_used_in_silence(
    no_maven_anywhere, monkeypatch, tmp_path, capsys
):
    name = "mvn.cmd" if setup.WINDOWS else "mvn"
    fetched = tmp_path / "wrapper/dists/apache-maven-3.9.9/0123abcd/bin" / name
    fetched.parent.mkdir(parents=True)
    fetched.touch()
    monkeypatch.setenv("MAVEN_ARGS", "-o")
    assert setup.find_maven().name.startswith("mvnw")
    assert capsys.readouterr().out == ""


def test_offline_the_wrapper_fetches_nothing(no_maven_anywhere, monkeypatch):
    monkeypatch.setenv("MAVEN_ARGS", "--offline")
    with pytest.raises(setup.Problem, match="offline its wrapper cannot fetch one; install Maven"):
        setup.find_maven()


def test_a_python_without_venv_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(setup.Problem, match="apt install python3-venv"):
        setup.create_venv(tmp_path / "venv")
    assert not (tmp_path / "venv").exists()


def test_the_local_repository_is_the_one_that_maven_is_told(monkeypatch):
    monkeypatch.setenv("MAVEN_ARGS", "")
    monkeypatch.setenv("MAVEN_OPTS", "-Xmx1g -Dmaven.repo.local=/somewhere/else")
    assert setup.local_repository() == "/somewhere/else"
    monkeypatch.setenv("MAVEN_ARGS", "-o -Dmaven.repo.local=/third")
    assert setup.local_repository() == "/third"


def test_a_problem_is_one_sentence_and_status_1():
    answer = call("run", "no-such-notebook")
    assert answer.returncode == 1
    assert answer.stderr.startswith("There is no notebook 'no-such-notebook'")
    assert "Traceback" not in answer.stderr


def test_an_unknown_scale_is_refused_with_the_ones_there_are(tmp_path):
    notebook = tmp_path / "n.ipynb"
    nbformat.write(v4.new_notebook(), notebook)
    answer = call("run", notebook, DIRECTPRED_SCALE="huge")
    assert answer.returncode == 1
    assert "must be one of smoke, small, full, not 'huge'" in answer.stderr


def test_an_unknown_flavour_is_refused_and_the_kernel_stays():
    spec = setup.kernel_folder() / "kernel.json"
    before = spec.read_bytes()
    answer = call("kernel", "--flavour", "rocm")
    assert answer.returncode == 1
    assert "there is no flavour 'rocm'; there are cpu, cu128" in answer.stderr
    assert spec.read_bytes() == before


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = call("lab", "--", f"--port={port}")
    assert answer.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in answer.stderr


def test_a_missing_folder_is_named(tmp_path):
    answer = call("lab", str(tmp_path / "nowhere"))
    assert answer.returncode == 1
    assert "There is no folder" in answer.stderr


def test_the_lock_pins_every_version_and_hash_and_names_no_host():
    text = setup.LOCK.read_text()
    assert "http://" not in text and "https://" not in text and "--index-url" not in text
    assert "--find-links" not in text
    for block in re.split(r"\n(?=[a-z])", text.split("\n", 2)[2]):
        assert re.match(r"[a-z0-9-]+==\S+", block), block[:60]
        assert "--hash=sha256:" in block, block[:60]


def test_nothing_disables_authentication():
    for name in (*COMMANDS, "setup_environment.py"):
        source = (ROOT / "environment" / name).read_text()
        assert not re.search(r"token\s*=\s*['\"]?['\"]|allow_unauthenticated|password=''", source)
    assert "--ServerApp.ip=127.0.0.1" in (ROOT / "environment" / "lab").read_text()


def test_copied_cells_run_in_another_folder_with_the_users_own_jupyter(tmp_path):
    """The way into people's research: environment/kernel --user, then cells copied elsewhere."""
    data = tmp_path / "jupyter-data"
    answer = call("kernel", "--user", JUPYTER_DATA_DIR=str(data))
    print(answer.stdout)
    assert answer.returncode == 0, answer.stderr
    spec = json.loads((data / "kernels/directpred/kernel.json").read_text())
    # Copies, so that the checkout may be rebuilt, moved or deleted.
    words = " ".join(spec["argv"]) + json.dumps(spec["env"])
    assert str(ROOT) not in words

    mine = tmp_path / "research" / "mine.ipynb"
    mine.parent.mkdir()
    copied = json.loads((ROOT / "environment/tests/live.ipynb").read_text())["cells"]
    cells = [v4.new_code_cell("".join(c["source"])) for c in copied if c["cell_type"] == "code"]
    nbformat.write(
        v4.new_notebook(
            cells=cells, metadata={"kernelspec": {"name": "directpred", "display_name": "Java"}}
        ),
        mine,
    )
    # Any other Jupyter that knows only the user's kernels: here nbconvert's, without our settings.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DIRECTPRED", "DJL", "JUPYTER", "OMP"))
    }
    environment.update(
        JUPYTER_DATA_DIR=str(data), JUPYTER_CONFIG_DIR=str(tmp_path / "config"), HOME=str(tmp_path)
    )
    hidden = setup.kernel_folder()
    aside = hidden.with_name("directpred-aside")
    hidden.rename(aside)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", mine],
            cwd=mine.parent,
            env=environment,
            capture_output=True,
            text=True,
        )
    finally:
        aside.rename(hidden)
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [o for c in nbformat.read(mine, 4).cells for o in c.get("outputs", [])]
    assert any("application/vnd.plotly.v1+json" in o.get("data", {}) for o in outputs)
    shutil.rmtree(data)


def test_the_doctor_reports_and_exits_by_its_faults():
    answer = call("doctor")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    subjects = [line[9:30].strip() for line in answer.stdout.splitlines() if line.startswith("ok ")]
    assert {"Java", "engine", "eigenvalues", "convolution", "processor"} <= set(subjects)
    spec = json.loads((setup.kernel_folder() / "kernel.json").read_text(encoding="utf-8"))
    words = [word.replace("=CPU", "=CUDA") for word in spec["argv"] if "SharedArchive" not in word]
    command = words[: words.index("-cp") + 2] + ["org.directpred.doctor.Doctor"]
    answer = subprocess.run(
        command, env={**setup.child_environment(), **spec["env"]}, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert re.search("fault +card +the engine sees no GPU", answer.stdout)
