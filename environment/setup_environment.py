"""What the commands share: the JDK, Maven, the virtual environment and the kernel.

Python's standard library only, Python 3.10 or newer. Each step is done when what it depends on has
changed, and says so; a step that fails leaves the step's earlier result as it was. Nothing is
written outside the checkout but the caches of Maven and pip.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "DirectPred needs Python 3.10 or newer, and this is {}.{}; install one, for instance with "
        "'apt install python3'.".format(*sys.version_info[:2])
    )

import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
LOCK = ROOT / "environment" / "requirements.lock"
NOTEBOOKS = ROOT / "notebooks"

OLDEST_JDK = 17
WINDOWS = os.name == "nt"
KERNEL = "directpred"
SCALES = ("smoke", "small", "full")


# JupyterLab asks nobody on the network for news or updates.
QUIET_LAB = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}
}


class Problem(Exception):
    """What is wrong and what to do about it, in one sentence."""


def say(text: str) -> None:
    print(text, flush=True)


def command(main: Callable[[list[str]], int | None]) -> None:
    """Runs a command's main function; a problem becomes one sentence and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another character set shows a path with an umlaut all the same.
        stream.reconfigure(errors="backslashreplace")
    try:
        status = main(sys.argv[1:]) or 0
    except Problem as problem:
        print(f"{problem}", file=sys.stderr, flush=True)
        status = 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr, flush=True)
        status = 130
    sys.exit(status)


# Files -------------------------------------------------------------------------------------------


def write_text(path: Path, text: str) -> None:
    """Writes a file beside its place and renames it, so that it is never seen half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def digest(files: Sequence[Path], *words: str) -> str:
    """A hash of the files' names and contents and of further words."""
    result = hashlib.sha256()
    for word in words:
        result.update(word.encode() + b"\0")
    for file in sorted(files):
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
        result.update(name.as_posix().encode() + b"\0")
        result.update(hashlib.sha256(file.read_bytes()).digest())
    return result.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    try:
        return stamp.read_text(encoding="utf-8").strip() == value
    except OSError:
        return False


# The JDK and Maven -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jdk:
    home: Path
    version: str
    found: str

    @property
    def feature(self) -> int:
        numbers = re.match(r"(?:1\.)?(\d+)", self.version)
        return int(numbers.group(1)) if numbers else 0

    @property
    def java(self) -> Path:
        return self.home / "bin" / executable("java")


def executable(name: str) -> str:
    return name + ".exe" if WINDOWS else name


def read_jdk(home: Path, found: str) -> Jdk | None:
    """The JDK in that folder, or None when there is none: a runtime without a compiler is none."""
    if not (home / "bin" / executable("javac")).is_file():
        return None
    try:
        release = (home / "release").read_text(encoding="utf-8", errors="replace")
        version = re.search(r'^JAVA_VERSION="([^"]+)"', release, re.MULTILINE)
        if version:
            return Jdk(home, version.group(1), found)
    except OSError:
        pass
    try:
        answer = subprocess.run(
            [home / "bin" / executable("java"), "-version"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:
        return None
    version = re.search(r'version "([^"]+)"', answer.stderr)
    return Jdk(home, version.group(1), found) if version else None


def jdk_folders() -> Iterator[Path]:
    """Where JDKs usually lie on Linux, macOS and Windows."""
    home = Path.home()
    patterns = [
        (home / ".sdkman/candidates/java", "*"),
        (home / ".jdks", "*"),
        (home / ".jabba/jdk", "*"),
    ]
    if sys.platform == "darwin":
        patterns += [
            (Path("/Library/Java/JavaVirtualMachines"), "*/Contents/Home"),
            (home / "Library/Java/JavaVirtualMachines", "*/Contents/Home"),
            (Path("/opt/homebrew/opt"), "openjdk*/libexec/openjdk.jdk/Contents/Home"),
            (Path("/usr/local/opt"), "openjdk*/libexec/openjdk.jdk/Contents/Home"),
        ]
    elif WINDOWS:
        for variable in ("ProgramFiles", "ProgramW6432", "LOCALAPPDATA"):
            if os.environ.get(variable):
                base = Path(os.environ[variable])
                patterns += [
                    (base / vendor, "*")
                    for vendor in (
                        "Java",
                        "Eclipse Adoptium",
                        "Microsoft",
                        "Amazon Corretto",
                        "Zulu",
                        "BellSoft",
                        "Programs/Eclipse Adoptium",
                    )
                ]
        patterns.append((home / "scoop/apps", "*jdk*/current"))
    else:
        patterns += [(Path("/usr/lib/jvm"), "*"), (Path("/usr/java"), "*"), (Path("/opt"), "*j*dk*")]
        patterns.append((Path("/opt/java"), "*"))
    for folder, pattern in patterns:
        if folder.is_dir():
            yield from sorted(folder.glob(pattern))


def all_jdks() -> list[Jdk]:
    """Every JDK that is found, JAVA_HOME's first, then the path's, each once."""
    candidates: list[tuple[Path, str]] = []
    if os.environ.get("JAVA_HOME"):
        candidates.append((Path(os.environ["JAVA_HOME"]), "JAVA_HOME"))
    for name in ("javac", "java"):
        found = shutil.which(name)
        if found:
            candidates.append((Path(found).resolve().parent.parent, "PATH"))
    candidates += [(folder, "found in " + str(folder.parent)) for folder in jdk_folders()]
    jdks: list[Jdk] = []
    seen = set()
    for folder, found in candidates:
        real = folder.resolve()
        if real not in seen:
            seen.add(real)
            jdk = read_jdk(real, found)
            if jdk:
                jdks.append(jdk)
    return jdks


def find_jdk() -> Jdk:
    """The first JDK that is new enough; it says which one, and why not an earlier one."""
    named = os.environ.get("JAVA_HOME")
    if named and not read_jdk(Path(named), "JAVA_HOME"):
        say(f"JAVA_HOME names {named}, which holds no JDK; looking further.")
    for jdk in all_jdks():
        if jdk.feature >= OLDEST_JDK:
            say(f"JDK {jdk.version} in {jdk.home} ({jdk.found})")
            return jdk
        say(f"JDK {jdk.version} in {jdk.home} is older than {OLDEST_JDK}; looking further.")
    raise Problem(
        f"No JDK {OLDEST_JDK} or newer was found through JAVA_HOME, PATH or the usual folders; "
        f"install one ('apt install openjdk-{OLDEST_JDK}-jdk-headless', 'brew install openjdk', or "
        "the installer from adoptium.net) and, if it lies elsewhere, set JAVA_HOME to it."
    )


def find_maven() -> Path:
    """The Maven that is installed; without one the wrapper, which fetches a pinned one once."""
    name = "mvn.cmd" if WINDOWS else "mvn"
    for variable in ("MAVEN_HOME", "M2_HOME"):
        folder = os.environ.get(variable)
        if folder and (Path(folder) / "bin" / name).is_file():
            return Path(folder) / "bin" / name
    found = shutil.which("mvn")
    if found:
        return Path(found)
    places = [
        Path.home() / ".sdkman/candidates/maven/current",
        Path("/usr/share/maven"),
        Path("/opt/maven"),
        Path("/opt/homebrew/opt/maven"),
        Path("/usr/local/opt/maven"),
    ]
    for parent in (Path("/opt"), Path(os.environ.get("ProgramFiles", "/nowhere"))):
        if parent.is_dir():
            places += sorted(parent.glob("apache-maven*"), reverse=True)
    for place in places:
        if (place / "bin" / name).is_file():
            return place / "bin" / name
    wrapper = ROOT / ("mvnw.cmd" if WINDOWS else "mvnw")
    cache = Path(os.environ.get("MAVEN_USER_HOME") or Path.home() / ".m2") / "wrapper" / "dists"
    fetched = any(cache.glob(f"apache-maven-*/*/bin/{name}"))
    if wrapper.is_file() and (fetched or not is_offline()):
        if not fetched:
            say(
                "Maven was not found through MAVEN_HOME, PATH or the usual folders: its wrapper "
                f"fetches one (9 MB) into {cache}."
            )
        return wrapper
    raise Problem(
        "Maven was not found through MAVEN_HOME, PATH or the usual folders"
        + (", and offline its wrapper cannot fetch one" if wrapper.is_file() else "")
        + "; install Maven 3.6.3 or newer ('apt install maven', 'brew install maven') or set "
        "MAVEN_HOME to it."
    )


def is_offline() -> bool:
    """Whether MAVEN_ARGS keep Maven from the network."""
    return bool({"-o", "--offline"} & set(maven_arguments()))


def maven_arguments() -> list[str]:
    """MAVEN_ARGS, which Maven itself reads from 3.9 on only."""
    return shlex.split(os.environ.get("MAVEN_ARGS", ""))


def local_repository() -> str | None:
    """The local Maven repository where one is named for Maven, for the installer to use too."""
    words = maven_arguments() + shlex.split(os.environ.get("MAVEN_OPTS", ""))
    for name in ("maven.config", "jvm.config"):
        file = ROOT / ".mvn" / name
        if file.is_file():
            words += shlex.split(file.read_text(encoding="utf-8"))
    for word in words:
        if word.startswith("-Dmaven.repo.local="):
            return word.split("=", 1)[1]
    return None


def run_quietly(
    arguments: Sequence[str | Path],
    log: Path,
    environment: dict[str, str],
    moving: Callable[[str], str | None],
    folder: Path = ROOT,
) -> int:
    """Runs a program with its output in a log, and one moving line about it on the terminal.

    `moving` makes the line's text from a line of output, or None to leave it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    last = ""
    with log.open("w", encoding="utf-8") as file, subprocess.Popen(
        [str(argument) for argument in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        cwd=folder,
    ) as process:
        try:
            for line in process.stdout:
                file.write(line)
                text = moving(line)
                if text and text != last:
                    last = text
                    if terminal:
                        print(f"\r  {text}"[:width].ljust(width), end="", flush=True)
                    else:
                        say(f"  {text}")
        except BaseException:
            process.terminate()
            raise
    if terminal and last:
        print("\r" + " " * width + "\r", end="", flush=True)
    return process.returncode


def tail_of_log(log: Path, pattern: str, lines: int = 15) -> str:
    found = [
        line.rstrip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if re.search(pattern, line)
    ]
    return "\n".join(found[:lines])


def maven_progress() -> Callable[[str], str | None]:
    """Maven's output as one line: the module and goal, and every so many downloads their number."""
    downloads = 0
    each = 25

    def moving(line: str) -> str | None:
        nonlocal downloads
        if line.startswith("Downloaded from") or "Downloaded from" in line[:30]:
            downloads += 1
            if downloads % each == 0:
                return f"Maven: {downloads} files downloaded"
        goal = re.match(r"\[INFO\] --- (?:maven-)?([\w-]+?)(?:-maven-plugin|-plugin)?:\S+ \(.*@ ([\w-]+)", line)
        if goal:
            return f"Maven: {goal.group(2)}: {goal.group(1)}"
        return None

    return moving


def maven(jdk: Jdk, arguments: Sequence[str], log_name: str, folder: Path = ROOT) -> Path:
    """Runs Maven; raises with what went wrong. Returns its log."""
    log = LOCAL / "log" / (log_name + ".log")
    environment = child_environment()
    environment["JAVA_HOME"] = str(jdk.home)
    environment.pop("MAVEN_ARGS", None)
    status = run_quietly(
        [find_maven(), "-B", *maven_arguments(), *arguments],
        log,
        environment,
        maven_progress(),
        folder,
    )
    if status != 0:
        raise Problem(
            f"Maven ended with status {status}; its log is {log}, and says:\n"
            + tail_of_log(log, r"^\[ERROR\]|^\[WARNING\] /.*\.java:|FAILURE|BUILD")
        )
    return log


# The build ---------------------------------------------------------------------------------------


def sources(*folders: str) -> list[Path]:
    """The files that a build of those folders depends on."""
    files = [ROOT / "pom.xml"]
    for name in (".mvn", *folders):
        path = ROOT / name
        if path.is_file():
            files.append(path)
        elif path.is_dir():
            files += [file for file in path.rglob("*") if file.is_file()]
    return files


def module_version() -> str:
    text = (ROOT / "pom.xml").read_text(encoding="utf-8")
    return re.search(r"<version>([^<]+)</version>", text).group(1)


def own_jars() -> list[Path]:
    version = module_version()
    return [
        ROOT / "library" / "target" / f"directpred-{version}.jar",
        ROOT / "environment" / "target" / f"directpred-kernel-{version}.jar",
    ]


def installer_class_path() -> Path:
    return ROOT / "environment" / "target" / "installer.classpath"


def sources_of_jars() -> list[Path]:
    return sources(
        "library/pom.xml", "library/src/main", "environment/pom.xml", "environment/src/main"
    )


BUILD_STAMP = LOCAL / "stamps" / "build"


def build_value() -> str:
    return digest(sources_of_jars(), str(local_repository()))


def mark_built() -> None:
    """Notes that the jars are those of the sources as they are."""
    write_text(BUILD_STAMP, build_value() + "\n")


def build(jdk: Jdk) -> None:
    """Builds the library's and the kernel's jars, where a source has changed."""
    value = build_value()
    if all(jar.is_file() for jar in [*own_jars(), installer_class_path()]) and is_current(
        BUILD_STAMP, value
    ):
        return
    say("Building the library and the kernel with Maven")
    BUILD_STAMP.unlink(missing_ok=True)
    maven(
        jdk,
        [
            "package",
            "-pl",
            "library,environment",
            "-Dmaven.test.skip=true",
            "-Dmaven.javadoc.skip=true",
            "-Dmaven.source.skip=true",
            "-Dspotless.check.skip=true",
        ],
        "build",
    )
    write_text(BUILD_STAMP, value + "\n")


# Python ------------------------------------------------------------------------------------------


def venv_python(venv: Path = VENV) -> Path:
    return venv / ("Scripts/python.exe" if WINDOWS else "bin/python")


def pip_progress() -> Callable[[str], str | None]:
    packages = 0
    each = 20

    def moving(line: str) -> str | None:
        nonlocal packages
        if line.startswith("Collecting "):
            packages += 1
            if packages % each == 0:
                return f"pip: {packages} packages"
        if line.startswith("Installing collected"):
            return "pip: installing"
        return None

    return moving


def create_venv(venv: Path) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Problem(
            f"This Python, {sys.executable}, cannot make virtual environments: its modules venv and "
            "ensurepip are missing; install them ('apt install python3-venv')."
        )
    log = LOCAL / "log" / "venv.log"
    base = getattr(sys, "_base_executable", None) or sys.executable
    status = run_quietly(
        [base, "-m", "venv", "--clear", venv], log, dict(os.environ), lambda line: None
    )
    if status != 0:
        raise Problem(
            f"The virtual environment {venv} could not be made; the log {log} says:\n"
            + tail_of_log(log, r"\S")
        )


def pip_install(venv: Path, arguments: Sequence[str | Path], what: str) -> None:
    log = LOCAL / "log" / "pip.log"
    environment = child_environment()
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    status = run_quietly(
        [venv_python(venv), "-m", "pip", "install", "--no-input", "--progress-bar", "off", *arguments],
        log,
        environment,
        pip_progress(),
    )
    if status != 0:
        raise Problem(
            f"pip could not install {what}; is there a network? The log {log} says:\n"
            + tail_of_log(log, r"ERROR|WARNING.*retry|HTTP", 5)
        )


def python_environment(venv: Path = VENV) -> None:
    """Makes the virtual environment from the lock, where the lock has changed."""
    stamp = venv / "lock.sha256"
    value = digest([LOCK], f"{sys.version_info[0]}.{sys.version_info[1]}")
    if venv_python(venv).is_file() and is_current(stamp, value):
        return
    say(f"Making the Python environment in {venv}")
    create_venv(venv)
    pip_install(venv, ["--require-hashes", "-r", LOCK], "the packages of requirements.lock")
    write_text(
        venv / "share/jupyter/lab/settings/overrides.json",
        json.dumps(QUIET_LAB, indent=2) + "\n",
    )
    write_text(stamp, value + "\n")


def child_environment() -> dict[str, str]:
    """The environment of every program that is started: what it writes stays in the checkout."""
    environment = dict(os.environ)
    jupyter = LOCAL / "jupyter"
    jupyter.mkdir(parents=True, exist_ok=True)
    environment.update(
        JUPYTER_CONFIG_DIR=str(jupyter / "config"),
        JUPYTER_DATA_DIR=str(jupyter / "data"),
        JUPYTER_RUNTIME_DIR=str(jupyter / "runtime"),
        JUPYTER_PREFER_ENV_PATH="1",
        IPYTHONDIR=str(jupyter / "ipython"),
        DJL_CACHE_DIR=str(LOCAL / "engine"),
        OPT_OUT_TRACKING="true",
        PYTHONNOUSERSITE="1",
        OMP_WAIT_POLICY="PASSIVE",
    )
    environment.setdefault("DIRECTPRED_DATA", str(ROOT / "data"))
    # Python writes and reads UTF-8 whatever the locale; Java asks the locale for names of files.
    environment["PYTHONUTF8"] = "1"
    if not WINDOWS and not locale_is_utf8(environment):
        environment["LC_ALL"] = "C.UTF-8"
    environment.pop("PYTHONPATH", None)
    environment.pop("PYTHONHOME", None)
    return environment


def locale_is_utf8(environment: dict[str, str]) -> bool:
    """Whether programs read names of files as UTF-8 in that environment."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return bool(re.search(r"\.utf-?8$", next(filter(None, named), "C"), re.IGNORECASE))


def scale(default: str) -> str:
    """The notebooks' scale: DIRECTPRED_SCALE, else the default."""
    value = os.environ.get("DIRECTPRED_SCALE", default)
    if value not in SCALES:
        raise Problem(f"DIRECTPRED_SCALE must be one of {', '.join(SCALES)}, not '{value}'.")
    return value


# The kernel --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KernelOptions:
    flavour: str = "cpu"
    heap: str = "768m"
    processors: str | None = None
    classpath: tuple[str, ...] = ()

    @staticmethod
    def of_installed(folder: Path) -> "KernelOptions":
        """What was chosen when the kernel was installed there, else the defaults."""
        try:
            spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
            heaps = [word[4:] for word in spec["argv"] if word.startswith("-Xmx")]
            return KernelOptions(
                spec["metadata"]["directpred_flavour"],
                heaps[0],
                spec["env"].get("OMP_NUM_THREADS"),
                tuple(spec["metadata"].get("directpred_classpath", ())),
            )
        except (OSError, ValueError, KeyError, IndexError):
            return KernelOptions()


def jjava(venv: Path = VENV) -> Path:
    return venv / "share" / "jupyter" / "kernels" / "java" / "jjava.jar"


def kernel_folder(venv: Path = VENV) -> Path:
    return venv / "share" / "jupyter" / "kernels" / KERNEL


def user_kernel_folder() -> Path:
    """Where the user's own Jupyter looks for kernels."""
    if os.environ.get("JUPYTER_DATA_DIR"):
        return Path(os.environ["JUPYTER_DATA_DIR"]) / "kernels" / KERNEL
    if sys.platform == "darwin":
        return Path.home() / "Library/Jupyter/kernels" / KERNEL
    if WINDOWS and os.environ.get("APPDATA"):
        return Path(os.environ["APPDATA"]) / "jupyter/kernels" / KERNEL
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(data) / "jupyter/kernels" / KERNEL


def is_installed(folder: Path, value: str) -> bool:
    """Whether the kernel is the one wanted and every file that it starts from is there."""
    if not is_current(folder / "installed.sha256", value):
        return False
    try:
        arguments = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))["argv"]
        class_path = arguments[arguments.index("-cp") + 1].split(os.pathsep)
    except (OSError, ValueError, KeyError, IndexError):
        return False
    return all(Path(file).exists() for file in [arguments[0], *class_path])


def engine_version() -> str:
    """The version of libtorch that the kernel is built for."""
    lines = (
        (ROOT / "environment/target/classes/org/directpred/kernel/versions.properties")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    return dict(line.split("=", 1) for line in lines if "=" in line)["libtorch"]


def torch_libraries(venv: Path) -> Path:
    """The folder of pip's torch libraries, which the CUDA flavour computes with."""
    wanted = "torch==" + engine_version()
    query = "import torch, pathlib; print(torch.__version__); print(pathlib.Path(torch.__file__).parent / 'lib')"
    for attempt in range(2):
        answer = subprocess.run(
            [venv_python(venv), "-c", query],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=child_environment(),
        )
        lines = answer.stdout.splitlines()
        if answer.returncode == 0 and lines[0].split("+")[0] == engine_version():
            return Path(lines[1])
        if attempt == 0:
            say(f"Installing {wanted} with pip for its CUDA libraries; this is several GB")
            pip_install(venv, [wanted], wanted)
    raise Problem(f"pip installed {wanted}, but Python cannot import it: {answer.stderr.strip()[-300:]}")


def install_kernel(
    jdk: Jdk,
    folder: Path,
    options: KernelOptions = KernelOptions(),
    venv: Path = VENV,
    engine_cache: Path | None = LOCAL / "engine",
) -> None:
    """Resolves and installs the kernel, where something that it is made from has changed."""
    value = digest(
        [*own_jars(), jjava(venv)],
        str(jdk.home),
        options.flavour,
        options.heap,
        str(options.processors),
        *options.classpath,
        str(local_repository()),
        str(engine_cache),
    )
    if is_installed(folder, value):
        return
    say(f"Installing the kernel, flavour {options.flavour}")
    arguments: list[str | Path] = [jdk.java]
    repository = local_repository()
    if repository:
        arguments.append("-Dmaven.repo.local=" + repository)
    own = own_jars()[1]
    class_path = installer_class_path().read_text(encoding="utf-8").strip()
    arguments += ["-cp", str(own) + os.pathsep + class_path]
    arguments += ["org.directpred.kernel.install.InstallKernel"]
    arguments += ["--checkout", ROOT, "--jjava", jjava(venv), "--to", folder]
    arguments += ["--flavour", options.flavour, "--heap", options.heap]
    if options.processors:
        arguments += ["--processors", options.processors]
    if options.classpath:
        arguments += ["--classpath", os.pathsep.join(options.classpath)]
    if engine_cache:
        arguments += ["--engine-cache", engine_cache]
    if options.flavour == "cu128":
        arguments += ["--torch-libraries", torch_libraries(venv)]
    if is_offline():
        arguments += ["--offline", "true"]
    (folder / "installed.sha256").unlink(missing_ok=True)
    answer = subprocess.run(
        [str(argument) for argument in arguments],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env=child_environment(),
    )
    if answer.returncode != 0:
        raise Problem(answer.stderr.strip() or "The kernel's installer ended without a word.")
    archive_classes(folder, venv)
    write_text(folder / "installed.sha256", value + "\n")


def archive_classes(folder: Path, venv: Path) -> None:
    """Runs the kernel once, so that it starts faster from then on."""
    say("  running the kernel once to archive its classes")
    log = LOCAL / "log" / "archive.log"
    status = run_quietly(
        [venv_python(venv), ROOT / "environment" / "archive_classes.py", folder],
        log,
        child_environment(),
        lambda line: None,
    )
    if status != 0:
        say(
            f"  no archive was made, so the kernel starts more slowly; the log {log} says:\n"
            + tail_of_log(log, r"Error|error|Exception", 5)
        )


def prepare(options: KernelOptions | None = None) -> Jdk:
    """Everything that a command needs before it acts; without options, the kernel's stay."""
    jdk = find_jdk()
    options = options or KernelOptions.of_installed(kernel_folder())
    python_environment()
    build(jdk)
    install_kernel(jdk, kernel_folder(), options)
    return jdk


def run_in_foreground(
    arguments: Sequence[str | Path], environment: dict[str, str], folder: Path = ROOT
) -> int:
    """Runs a program in the foreground; Ctrl-C reaches it and it ends by itself."""
    process = subprocess.Popen(
        [str(argument) for argument in arguments], env=environment, cwd=folder
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            try:
                return process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)


def run_program(name: str, *arguments: str | Path) -> int:
    """Runs a main class of the library in the foreground, with the installed kernel's Java, class
    path and settings."""
    spec = json.loads((kernel_folder() / "kernel.json").read_text(encoding="utf-8"))
    words = spec["argv"]
    # What the kernel's JVM is given, but for its archive, which fits the kernel alone.
    options = [
        word
        for word in words[1 : words.index("-cp")]
        if word.startswith(("-Xmx", "-D", "--add-modules"))
    ]
    return run_in_foreground(
        [words[0], *options, "-cp", words[words.index("-cp") + 1], name, *arguments],
        {**child_environment(), **spec.get("env", {})},
    )


def run_in_venv(
    arguments: Sequence[str | Path], environment: dict[str, str] | None = None, folder: Path = ROOT
) -> int:
    """Runs the environment's Python in the foreground."""
    return run_in_foreground(
        [venv_python(), *arguments], environment or child_environment(), folder
    )


def notebook_named(name: str) -> Path:
    """The notebook that a person means: a path, or a name under notebooks/."""
    for path in (Path(name), NOTEBOOKS / name, NOTEBOOKS / (name + ".ipynb")):
        if path.is_file():
            return path.resolve()
    known = ", ".join(path.name for path in sorted(NOTEBOOKS.glob("*.ipynb"))) or "none yet"
    raise Problem(f"There is no notebook '{name}'; under {NOTEBOOKS} there are: {known}.")
