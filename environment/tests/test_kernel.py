"""The kernel as a notebook meets it: JJava from pip with the class path and adapter of ours."""

import base64
import json
import os
import re
import signal
import struct
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

PLOTLY = "application/vnd.plotly.v1+json"
LEAVING_LIMIT = 30


def png_size(data):
    raw = base64.b64decode(data)
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", raw[16:24])


def test_first_message_names_the_flavour_once(fresh_kernel):
    first = fresh_kernel.run("1 + 1")
    assert len(first.outputs) == 2, first.text
    assert "DirectPred" in first.text and "PyTorch 2.7.1, CPU" in first.text
    assert "SLF4J" not in fresh_kernel.run('Table.create("t")').text
    assert "DirectPred" not in fresh_kernel.run("1 + 1").text


def test_the_spec_names_the_flavour_and_only_files_that_exist(kernel):
    spec = kernel.manager.kernel_spec
    assert spec.display_name == "Java (DirectPred, CPU)"
    assert spec.env["OMP_WAIT_POLICY"] == "PASSIVE"
    class_path = spec.argv[spec.argv.index("-cp") + 1].split(os.pathsep)
    assert all(Path(file).is_absolute() and Path(file).is_file() for file in class_path)
    names = [Path(file).name for file in class_path]
    assert len(names) == len(set(names))
    assert not [name for name in names if re.match("maven-|mima|context-|slf4j-nop", name)]
    # One resolution: versions are mediated, so each artifact is there once.
    assert [name for name in names if name.startswith("slf4j-api")] == ["slf4j-api-2.0.17.jar"]


def test_the_kernel_starts_from_its_class_archive(kernel):
    spec = kernel.manager.kernel_spec
    flag = next(word for word in spec.argv if word.startswith("-XX:SharedArchiveFile="))
    archive = Path(flag.split("=", 1)[1])
    assert archive.is_file()
    # Mapped means accepted: the JVM drops an archive of another class path or JDK.
    maps = Path(f"/proc/{kernel.manager.provisioner.process.pid}/maps")
    if maps.exists():
        assert str(archive) in maps.read_text()


def test_startup_imports_compile_and_the_library_is_there(kernel):
    assert "Table" in kernel.run('Table.create("t").getClass().getSimpleName()').text
    assert "ConsoleSink" in kernel.run("new ConsoleSink(System.out).getClass().getName()").text


def test_the_words_of_a_notebook_are_there_and_one_of_ones_own_goes_before(kernel):
    assert kernel.run('check("two is more than one", 2 > 1);').text.strip() == (
        "holds: two is more than one"
    )
    kernel.run('void check(String claim, boolean held) { System.out.println("mine"); }')
    assert kernel.run('check("two is more than one", 2 > 1);').text.strip() == "mine"


def test_the_engine_computes_without_a_download(kernel):
    cell = kernel.run(
        """
        try (var manager = ai.djl.ndarray.NDManager.newBaseManager()) {
            System.out.println(manager.ones(new ai.djl.ndarray.types.Shape(3)).sum().getFloat());
        }
        """
    )
    assert cell.text.strip() == "3.0"


def test_a_figure_is_plotly_json_a_picture_and_words(kernel):
    cell = kernel.run(
        """
        new Figure(
            Layout.builder("Loss & <rank>", "step", "it's loss").width(500).height(300).build(),
            ScatterTrace.builder(new double[] {1, 2, 3}, new double[] {1, Double.NaN, 1e-3})
                .mode(ScatterTrace.Mode.LINE).name("a \\"b\\"").build())
        """
    )
    figure = cell.data(PLOTLY)
    trace = figure["data"][0]
    assert trace["x"] == [1, 2, 3] and trace["y"] == [1, None, 0.001]
    assert trace["name"] == 'a "b"' and trace["type"] == "scatter"
    assert figure["layout"]["title"]["text"] == "Loss & <rank>"
    assert figure["layout"]["yaxis"]["title"]["text"] == "it's loss"
    assert png_size(cell.data("image/png")) == (500, 300)
    assert cell.data("text/plain").startswith('figure "Loss & <rank>"')
    json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize(
    "trace, kind",
    [
        ('BarTrace.builder(new Object[] {"a", "b"}, new double[] {1, 2}).build()', "bar"),
        ("HistogramTrace.builder(new double[] {1, 2, 2.5}).build()", "histogram"),
        (
            "HeatmapTrace.builder(new Object[] {1, 2}, new Object[] {1, 2},"
            " new double[][] {{1, 2}, {3, Double.NaN}}).build()",
            "heatmap",
        ),
        (
            "tech.tablesaw.plotly.traces.ContourTrace.builder(new Object[] {1, 2},"
            " new Object[] {1, 2}, new double[][] {{1, 2}, {3, 4}}).build()",
            "contour",
        ),
    ],
)
def test_every_kind_of_chart_has_json_and_a_picture(kernel, trace, kind):
    cell = kernel.run(f"new Figure({trace})")
    assert cell.data(PLOTLY)["data"][0]["type"] == kind
    assert png_size(cell.data("image/png")) == (700, 450)


def test_a_table_is_html_and_text(kernel):
    cell = kernel.run(
        'Table.create("variants").addColumns(StringColumn.create("variant", "a<b"), DoubleColumn.create("rank", 1.5))'
    )
    assert "<td>a&lt;b</td>" in cell.data("text/html")
    # Not to be read as mathematics, whatever dollars it holds.
    assert '<table class="tex2jax_ignore mathjax_ignore">' in cell.data("text/html")
    assert "1.5" in cell.data("text/plain")


def test_arrays_read(kernel):
    assert kernel.run("new double[] {1, 2.5}").data("text/plain") == "double[2] [1.0, 2.5]"
    assert "int[2][1]" in kernel.run("new int[][] {{1}, {2}}").data("text/plain")


def test_a_bar_moves_in_its_place(kernel):
    cell = kernel.run(
        """
        try (var bar = Progress.bar("epochs", 4)) {
            for (int i = 1; i <= 4; i++) { Thread.sleep(300); bar.update(i, "loss " + i); }
        }
        """
    )
    assert 'value="0" max="4"' in cell.data("text/html")
    identity = cell.outputs[-1]["transient"]["display_id"]
    assert len(cell.updates) >= 3
    assert all(update["transient"]["display_id"] == identity for update in cell.updates)
    assert 'value="4"' in cell.updates[-1]["data"]["text/html"]
    assert "loss 4" in cell.updates[-1]["data"]["text/plain"]


def test_a_live_picture_is_redrawn_as_a_bitmap_at_most_four_times_a_second(kernel):
    cell = kernel.run(
        """
        try (var live = Progress.picture("curve")) {
            for (int i = 0; i < 40; i++) {
                var y = new double[] {i, 2, 3};
                live.update(() -> new Figure(ScatterTrace.builder(new double[] {1, 2, 3}, y).build()));
                Thread.sleep(25);
            }
        }
        """
    )
    frames = [cell.outputs[-1], *cell.updates]
    assert 2 <= len(frames) <= 8
    assert all(set(frame["data"]) == {"image/png", "text/plain"} for frame in frames)
    assert frames[0]["data"]["image/png"] != frames[-1]["data"]["image/png"]


def test_stop_ends_a_loop_that_polls_and_nothing_of_it_runs_on(kernel):
    request = kernel.start(
        """
        int reached = 0;
        try (var bar = Progress.bar("endless", 1_000_000_000)) {
            while (!Thread.currentThread().isInterrupted()) { reached++; bar.update(reached % 1000, ""); }
            System.setProperty("loop", "left");
        }
        """
    )
    kernel.next_output(request)
    kernel.next_output(request)
    kernel.manager.interrupt_kernel()
    cell = kernel.collect(request)
    assert "interrupted" in "".join(cell.error["traceback"])
    kernel.run('while (System.getProperty("loop") == null) Thread.sleep(10);')
    before = kernel.run("reached").data("text/plain")
    time.sleep(0.2)
    assert kernel.run("reached").data("text/plain") == before


def test_printing_from_an_interrupted_loop_does_not_cut_the_kernel_off(kernel):
    request = kernel.start(
        """
        int printed = 0;
        while (!Thread.currentThread().isInterrupted()) { System.out.println(printed++); }
        for (int i = 0; i < 100; i++) System.out.println("still interrupted " + i);
        """
    )
    kernel.next_output(request)
    kernel.manager.interrupt_kernel()
    kernel.collect(request)
    assert kernel.run("6 * 7").data("text/plain") == "42"
    assert kernel.run('System.out.println("heard");').text.strip().endswith("heard")


def test_a_warning_of_the_engine_reaches_the_cell_and_its_chatter_does_not(kernel):
    cell = kernel.run(
        """
        var log = org.slf4j.LoggerFactory.getLogger("engine");
        log.info("chatter");
        log.warn("no GPU was found");
        """
    )
    assert "no GPU was found" in cell.text and "chatter" not in cell.text


def test_an_exception_says_its_class_and_message(kernel):
    cell = kernel.collect(kernel.start('throw new IllegalStateException("rank 1.0");'))
    assert "IllegalStateException" in "".join(cell.error["traceback"])
    assert "rank 1.0" in "".join(cell.error["traceback"])


def test_the_kernel_leaves_by_itself_when_asked(fresh_kernel):
    fresh_kernel.run("1")
    process = fresh_kernel.manager.provisioner.process
    fresh_kernel.client.shutdown()
    # Left alone, the kernel's threads would hold the process for a minute.
    assert process.wait(timeout=LEAVING_LIMIT) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no parent process to watch")
def test_the_kernel_leaves_when_its_jupyter_was_killed():
    starter = """
        import sys
        sys.path.insert(0, sys.argv[1])
        from conftest import Kernel
        kernel = Kernel()
        kernel.run("1")
        print(kernel.manager.provisioner.process.pid, flush=True)
        sys.stdin.read()
    """
    jupyter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(starter), Path(__file__).parent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(jupyter.stdout.readline())
    jupyter.kill()
    jupyter.wait()
    limit = time.monotonic() + LEAVING_LIMIT
    while is_running(pid) and time.monotonic() < limit:
        time.sleep(0.1)
    runs_on = is_running(pid)
    if runs_on:
        os.kill(pid, signal.SIGKILL)
    assert not runs_on


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
