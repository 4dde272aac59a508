"""The pretend GPU: built for tests, where g++ is there; pretend-gpu/README.md says what it is."""

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import setup_environment as setup

SOURCES = setup.ROOT / "environment" / "pretend-gpu"
FOLDER = setup.LOCAL / "pretend-gpu"


class NotHere(Exception):
    """Why it cannot be had on this machine, and what to install."""


@dataclass(frozen=True)
class PretendGpu:
    library: Path
    search_path: str

    def properties(self) -> list[str]:
        """What Maven is told, so that the tests' JVM runs on it."""
        return [f"-Dpretend.gpu={self.library}", f"-Dpretend.gpu.path={self.search_path}"]


def headers(version: str) -> Path:
    """libtorch's headers: of PyTorch's wheels the one for macOS is the smallest that holds them."""
    folder = FOLDER / f"headers-{version}"
    if folder.is_dir():
        return folder / "torch" / "include"
    setup.say(f"Fetching the headers of torch {version}, 69 MB")
    fetched = FOLDER / "wheel"
    shutil.rmtree(fetched, ignore_errors=True)
    command = [setup.venv_python(), "-m", "pip", "download", "-q", "--no-deps", "-d", fetched]
    command += ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp"]
    command += ["--platform", "macosx_11_0_arm64", f"torch=={version}"]
    answer = subprocess.run(command, capture_output=True, text=True, env=setup.child_environment())
    wheels = sorted(fetched.glob("torch-*.whl"))
    if answer.returncode != 0 or not wheels:
        raise NotHere(f"pip could not fetch torch=={version}: {answer.stderr.strip()[-200:]}")
    part = FOLDER / "headers.part"
    shutil.rmtree(part, ignore_errors=True)
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(part, [n for n in wheel.namelist() if n.startswith("torch/include/")])
    part.rename(folder)
    shutil.rmtree(fetched)
    return folder / "torch" / "include"


def engine(version: str) -> Path:
    """Where the kernel's first start has unpacked libtorch."""
    found = sorted((setup.LOCAL / "engine" / "pytorch").glob(f"{version}-*-cpu-linux-x86_64"))
    if not found:
        raise NotHere("the engine has not been unpacked: the kernel was not started yet")
    return found[-1]


def compile_with(compiler: str, arguments: list) -> None:
    path = shutil.which(compiler)
    if path is None:
        raise NotHere("apt install g++")
    answer = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True)
    if answer.returncode != 0:
        raise setup.Problem(f"{compiler} cannot build the pretend GPU:\n{answer.stderr[-2000:]}")


def build() -> PretendGpu:
    """Builds it where its source has changed; raises NotHere where that is not possible."""
    if sys.platform != "linux":
        raise NotHere("it is for Linux")
    version = setup.engine_version()
    libraries = engine(version)
    result = PretendGpu(FOLDER / "libpretend_gpu.so", f"{FOLDER}:{libraries}")
    stamp = FOLDER / "built.sha256"
    value = setup.digest([SOURCES / "pretend_gpu.cpp", SOURCES / "cudart.c"], version)
    if result.library.is_file() and setup.is_current(stamp, value):
        return result
    stamp.unlink(missing_ok=True)
    include = headers(version)
    setup.say("Building the pretend GPU")
    shared = ["-shared", "-fPIC", "-O1"]
    compile_with("gcc", [*shared, SOURCES / "cudart.c", "-o", FOLDER / "libcudart.so"])
    compile_with(
        "g++",
        [*shared, "-std=c++17", "-I", include, "-I", include / "torch/csrc/api/include"]
        + [SOURCES / "pretend_gpu.cpp", "-o", result.library]
        + ["-L", libraries, "-ltorch_cpu", "-lc10"],
    )
    setup.write_text(stamp, value + "\n")
    return result
