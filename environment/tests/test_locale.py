"""The kernel reads and writes UTF-8 in whatever locale it is started."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, Kernel

import setup_environment as setup

LOCALES = {
    "C": {"LANG": "C"},
    "LC_ALL": {"LC_ALL": "C", "LANG": "de_DE.UTF-8"},
    "POSIX": {"LC_ALL": "POSIX"},
    "nothing": {},
    "Latin-1": {"LANG": "en_US.ISO-8859-1"},
}


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES.keys())
def test_names_and_texts_are_utf_8(tmp_path, locale):
    kept = ("PATH", "HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_PREFER_ENV_PATH")
    bare = {name: os.environ[name] for name in kept if name in os.environ} | locale
    names = ["Zebra", "apfel", "Äpfel", "日本", "🦜"]
    for name in names:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "1.png").write_bytes(b"")
    kernel = Kernel(bare, inherit=False)
    try:
        listed = kernel.run(
            f"""
            var folder = Path.of("{tmp_path}");
            try (var files = Files.list(folder)) {{
                System.out.println(files.map(f -> f.getFileName().toString()).sorted()
                    .collect(Collectors.joining(",")));
            }}
            """
        )
        # The order of UTF-16, Java's own, whatever the locale.
        assert listed.text.strip().splitlines()[-1] == ",".join(
            sorted(names, key=lambda name: name.encode("utf-16-be"))
        )
        kernel.run('Files.writeString(folder.resolve("größe.txt"), "µ = ½ €\\n")')
        assert (tmp_path / "größe.txt").read_text(encoding="utf-8") == "µ = ½ €\n"
        kernel.run(
            'try (var out = new java.io.FileWriter(folder.resolve("ä").toString())) { out.write("ö"); }'
        )
        assert (tmp_path / "ä").read_bytes() == "ö".encode()
        assert kernel.run('System.out.print("ä→🦜");').text.endswith("ä→🦜")
        assert kernel.run('new java.io.File(folder.toFile(), "Äpfel").exists()').text.strip() == "true"
        error = kernel.collect(kernel.start('throw new RuntimeException("zu groß");')).error
        assert "zu groß" in error["evalue"]
        read = kernel.run('new String(new ProcessBuilder("ls", folder.resolve("日本").toString())'
                          ".start().getInputStream().readAllBytes())")
        assert "1.png" in read.text
    finally:
        kernel.close()


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES.keys())
def test_the_commands_start_programs_that_read_utf_8(monkeypatch, locale):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    environment = setup.child_environment()
    assert setup.locale_is_utf8(environment)
    java = json.loads((setup.kernel_folder() / "kernel.json").read_text(encoding="utf-8"))["argv"][0]
    answer = subprocess.run(
        [java, "-XshowSettings:properties", "-version"], env=environment, capture_output=True
    )
    assert b"sun.jnu.encoding = UTF-8" in answer.stderr


def test_a_locale_of_the_users_own_that_is_utf_8_stays(monkeypatch):
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.setenv("LANG", "de_DE.utf8")
    assert "LC_ALL" not in setup.child_environment()


def test_a_problem_with_an_umlaut_is_told_on_a_terminal_without():
    answer = subprocess.run(
        [sys.executable, ROOT / "environment" / "lab", "/nicht/da/ä€"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
    )
    assert answer.returncode == 1
    assert b"There is no folder /nicht/da/" in answer.stderr and b"Traceback" not in answer.stderr
