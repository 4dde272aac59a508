"""Binder's steps without Docker: a clean environment, postBuild, start, on one processor."""

import json
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT, quickstart
from memory import Peak, one_processor

MOST_MEMORY = 1.5e9

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Binder's steps need Linux"
)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The image's Python environment after its requirements and postBuild."""
    folder = tmp_path_factory.mktemp("binder") / "prefix"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin/pip", "install", "-q", "--no-input", "-r", "requirements.txt"],
        cwd=ROOT / "binder",
        check=True,
    )
    # As on Binder, where postBuild is executed in the repository with the image's environment.
    subprocess.run(
        [ROOT / "binder/postBuild"],
        cwd=ROOT,
        env={**os.environ, "NB_PYTHON_PREFIX": str(folder)},
        check=True,
    )
    return folder


def test_the_quickstart_runs_on_one_processor_in_the_memory_of_binder(prefix, tmp_path):
    environment = {**os.environ, "DIRECTPRED_SCALE": "smoke"}
    environment["PATH"] = f"{prefix}/bin{os.pathsep}{environment['PATH']}"
    environment["JUPYTER_PATH"] = str(prefix / "share/jupyter")
    process = subprocess.Popen(
        [
            ROOT / "binder/start",
            prefix / "bin/python",
            ROOT / "environment/run_notebook.py",
            "--output",
            tmp_path,
            quickstart(),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=one_processor,
    )
    peak = Peak(process)
    output, _ = process.communicate()
    peak.join()
    print(output)
    print(f"peak of the process tree: {peak.bytes / 1e6:.0f} MB in {peak.samples} samples")
    assert process.returncode == 0, output
    assert peak.samples > 10
    assert peak.bytes < MOST_MEMORY


def test_the_image_limits_the_kernel(prefix):
    spec = json.loads((prefix / "share/jupyter/kernels/directpred/kernel.json").read_text())
    assert "-XX:ActiveProcessorCount=1" in spec["argv"]
    assert spec["env"]["OMP_NUM_THREADS"] == "1"
    assert any(re.fullmatch(r"-Xmx\d+m", word) for word in spec["argv"])


def test_the_files_are_what_binder_reads():
    for name in ("postBuild", "start"):
        file = ROOT / "binder" / name
        assert os.access(file, os.X_OK), f"{file} must be executable"
        assert file.read_text().startswith("#!")
    assert (ROOT / "binder/start").read_text().rstrip().endswith('exec "$@"')
    line = (ROOT / "binder/requirements.txt").read_text().strip()
    assert (ROOT / "binder" / line.removeprefix("-r ")).resolve() == (
        ROOT / "environment/requirements.lock"
    )
    for name in ("Dockerfile", "environment.yml"):
        assert not (ROOT / name).exists() and not (ROOT / "binder" / name).exists(), (
            f"a {name} would switch Binder's other files off"
        )
