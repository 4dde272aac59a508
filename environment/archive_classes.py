"""Makes the kernel's class archive; runs inside the virtual environment.

The kernel is run once with cells that load what every notebook loads. The JVM that ends then writes
the classes it has read and verified into a file, and later kernels map that file.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

LIMIT_SECONDS = 300
FLAG = "-XX:SharedArchiveFile="

CELLS = (
    """
    var line = new double[] {1, 2};
    new Figure(Layout.builder("title", "x", "y").build(),
               ScatterTrace.builder(line, line).mode(ScatterTrace.Mode.LINE).name("line").build())
    """,
    'new Figure(BarTrace.builder(new Object[] {"a", "b"}, line).build())',
    'RowTable.of("t", "s", "d").add("a", 1.5).table()',
    'check("scale " + Scale.current(), true)',
    'try (var bar = Progress.bar("work", 2)) { bar.update(1, "note"); }',
    """
    try (var manager = ai.djl.ndarray.NDManager.newBaseManager()) {
        System.out.println(manager.ones(new ai.djl.ndarray.types.Shape(3)).sum().getFloat());
    }
    """,
)


def main(folder):
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    at = next(i for i, word in enumerate(spec["argv"]) if word.startswith(FLAG))
    archive = Path(spec["argv"][at].removeprefix(FLAG))
    unfinished = archive.with_suffix(".part")
    spec["argv"][at] = f"-XX:ArchiveClassesAtExit={unfinished}"
    # A jar of the user's may be built anew, and would make the archive useless.
    extra = os.pathsep.join(["", *spec["metadata"]["directpred_classpath"]])
    words = spec["argv"]
    words[words.index("-cp") + 1] = words[words.index("-cp") + 1].removesuffix(extra)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            kernels = Path(temporary)
            (kernels / "once").mkdir()
            (kernels / "once" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
            run_once(KernelSpecManager(kernel_dirs=[temporary]))
        os.replace(unfinished, archive)
    finally:
        unfinished.unlink(missing_ok=True)


def run_once(specs):
    manager = KernelManager(kernel_name="once", kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT_SECONDS)
        for cell in CELLS:
            reply = client.execute_interactive(cell, output_hook=lambda message: None)
            if reply["content"]["status"] != "ok":
                sys.exit(f"Error in the cell {cell.strip()}: {reply['content']}")
        # Asked to shut down, the JVM ends in good order and writes the archive.
        client.shutdown()
        manager.provisioner.process.wait(timeout=LIMIT_SECONDS)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
