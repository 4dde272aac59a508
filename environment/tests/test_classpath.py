"""A jar of one's own reaches the kernel's cells and the child processes of an ablation."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Kernel
from jupyter_client.kernelspec import KernelSpecManager

import setup_environment as setup

SOURCE = """
    package mine;

    import java.util.List;
    import java.util.Map;
    import org.directpred.experiment.*;

    public final class MyAblation implements AblationSource {
        public MyAblation() {}

        @Override
        public Ablation ablation(List<String> words) {
            return Ablation.named("mine").withVariant(new Variant("größer", Map.of(), new Squares()));
        }

        static final class Squares implements Task {
            @Override
            public Measurements run(long seed) {
                System.out.println("counting ä");
                return Measurements.of(Map.of("square", (double) seed * seed));
            }
        }
    }
"""


@pytest.fixture(scope="module")
def kernel_with_jar(tmp_path_factory):
    folder = tmp_path_factory.mktemp("räume")
    jdk = setup.find_jdk()
    source = folder / "MyAblation.java"
    source.write_text(SOURCE, encoding="utf-8")
    library = setup.own_jars()[0]
    classes = folder / "classes"
    javac = jdk.home / "bin" / setup.executable("javac")
    subprocess.run(
        [javac, "-encoding", "UTF-8", "--release", "17", "-cp", library, "-d", classes, source],
        check=True,
    )
    jar = folder / "mine ä.jar"
    subprocess.run(
        [jdk.home / "bin" / setup.executable("jar"), "cf", jar, "-C", classes, "."],
        check=True,
        env=setup.child_environment(),
    )
    kernels = folder / "kernels"
    options = setup.KernelOptions(classpath=(str(jar),))
    setup.install_kernel(jdk, kernels / "withjar", options)
    assert setup.KernelOptions.of_installed(kernels / "withjar") == options
    running = Kernel(name="withjar", specs=KernelSpecManager(kernel_dirs=[str(kernels)]))
    yield running
    running.close()


def test_a_class_of_a_jar_runs_in_cells_and_in_child_processes(kernel_with_jar, tmp_path):
    cell = kernel_with_jar.run(
        f"""
        var source = AblationSource.Reference.to(mine.MyAblation.class);
        var results = source.ablation().withSeeds(2, 3)
            .run(Path.of("{tmp_path}"), source, ProcessPool.onCpu(2));
        results.values("größer", "square")
        """
    )
    assert "[4.0, 9.0]" in cell.text
    logs = [log.read_text(encoding="utf-8") for log in (tmp_path / "logs").iterdir()]
    assert len(logs) == 2 and all("counting ä" in log for log in logs)


def test_the_class_archive_still_fits(kernel_with_jar):
    archive = Path(kernel_with_jar.manager.kernel_spec.resource_dir) / "classes.jsa"
    maps = Path(f"/proc/{kernel_with_jar.manager.provisioner.process.pid}/maps")
    if maps.exists():
        assert str(archive) in maps.read_text(encoding="utf-8")


def test_the_class_of_a_cell_is_refused_with_the_way(kernel, tmp_path):
    cell = kernel.collect(
        kernel.start(
            f"""
            public class InACell implements AblationSource {{
                public Ablation ablation(List<String> words) {{
                    return Ablation.named("a").withVariant(new Variant("x", Map.of(), s -> Measurements.of(Map.of())));
                }}
            }}
            new InACell().ablation(List.of()).run(Path.of("{tmp_path}"),
                AblationSource.Reference.to(InACell.class), ProcessPool.onCpu(1));
            """
        )
    )
    assert "environment/kernel --classpath JAR" in cell.error["evalue"]


def test_a_jar_that_is_not_there_is_named():
    answer = subprocess.run(
        [ROOT / "environment" / "kernel", "--classpath", "no/such.jar"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ,
    )
    assert answer.returncode == 1
    assert answer.stderr == "--classpath names no/such.jar, and there is no such jar or folder.\n"
