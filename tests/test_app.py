"""The program as a folder: what goes into it, what it says of itself, its icons, its place in the menu, its check."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

import duv_studio
from duv_studio.paths import resource
from tests.spec_runner import ROOT, STRAY, run_spec
from tools import check_app
from tools.app_icons import LINUX, MACOS, WINDOWS, icns, ico, png
from tools.app_identity import info_plist, windows_version
from tools.app_parts import excludes, ships, stripped, without_orphans

needs_sh = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this menu")

# ---- what goes into it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "duv_studio/resources/models/base-open/model.safetensors",
        "duv_studio/resources/models/base-open/README.md",
        "duv_studio/resources/models/lite-open-v1/model.safetensors",
        "duv_studio/resources/configs/guitar_Lora.yaml",
        "duv_studio/resources/fonts/DejaVuSans.ttf",
        "torch/bin/torch_shm_manager",
        "torch/lib/libtorch_cpu.so",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "transformers-5.23.0.dist-info/METADATA",
    ],
)
def test_what_is_needed_ships(name: str) -> None:
    assert ships(name) and ships(name.replace("/", "\\"))


@pytest.mark.parametrize(
    "name",
    [
        "pretty_midi/TimGM6mb.sf2",
        "duv_studio/resources/models/base-research/model.safetensors",
        "duv_studio/resources/models/base-open/pictures/piano.png",
        "duv_studio/resources/configs/ablations/a08-lite.yaml",
        "torch/bin/protoc",
        "torch/test/test_api",
        "torch/lib/libtorchbind_test.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/translations/qtbase_de.qm",
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6/plugins/imageformats/qpdf.dll",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "hypothesis-6.170.15.dist-info",
    ],
)
def test_what_is_not_stays_out(name: str) -> None:
    assert not ships(name) and not ships(name.replace("/", "\\"))


def test_libraries_go_with_the_last_that_needs_them() -> None:
    links = {
        "gtk3": ["libgtk.so", "libQt6Gui.so.6"],
        "xcb": ["libQt6Gui.so.6", "libX11.so"],
        "gtk": ["libcairo.so", "libX11.so"],
        "module": ["libz.so"],
    }
    entries = [
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "gtk3", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "xcb", "BINARY"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "gui", "BINARY"),
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("libgtk.so", "gtk", "BINARY"),
        ("libcairo.so", "cairo", "BINARY"),
        ("libcairo.so", "lib/libcairo.so", "SYMLINK"),
        ("libX11.so", "x11", "BINARY"),
        ("libloaded_by_name.so", "loaded", "BINARY"),
        ("module.so", "module", "EXTENSION"),
        ("libz.so", "z", "BINARY"),
    ]
    kept = without_orphans(entries, lambda file: [(name, None) for name in links.get(file, [])])
    assert [file for _, file, _ in kept] == [
        *("xcb", "gui", "PySide6/Qt/lib/libQt6Gui.so.6"),
        *("x11", "loaded", "module", "z"),
    ]


@needs_sh
def test_only_libraries_that_bear_it_are_stripped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "strip").write_text('#!/bin/sh\necho less >"$3"\n')
    (tmp_path / "strip").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "torch.so").write_text("all")
    name, file, kind = stripped(("torch/lib/libtorch_cpu.so", str(tmp_path / "torch.so"), "BINARY"), tmp_path / "out")
    assert (name, Path(file).read_text(), kind) == ("torch/lib/libtorch_cpu.so", "less\n", "BINARY")
    assert (tmp_path / "torch.so").read_text() == "all"
    other = ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", "openblas", "BINARY")
    assert stripped(other, tmp_path / "out") == other
    monkeypatch.setenv("PATH", "/nonexistent")
    entry = ("torch/lib/libtorch_cpu.so", "file", "BINARY")
    assert stripped(entry, tmp_path / "out") == entry


def test_transformers_keeps_what_peft_names() -> None:
    left_out = set(excludes())
    assert "transformers.models.llama" in left_out and "matplotlib" in left_out
    assert not {"transformers.models.bloom", "transformers.models.auto", "transformers", "peft"} & left_out
    code = (
        "import sys, duv_studio.training.warm_up as w; w.warm_up();"
        "print(*{'.'.join(n.split('.')[:3]) for n in sys.modules if n.startswith('transformers.models.')})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() and not set(done.stdout.split()) & left_out


# ---- what it says of itself ------------------------------------------------------------------------------------------


def test_the_spec_on_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = run_spec(ROOT, tmp_path, monkeypatch, "linux")
    assert os.access(built.folder / "install-desktop.sh", os.X_OK)
    assert (built.folder / "duv-studio.desktop").is_file()
    assert not [name for name in STRAY if (built.folder / name).exists()]
    assert "BUNDLE" not in built.asked and built.asked["EXE"]["version"] is None
    assert {"matplotlib", "readline"} <= set(built.asked["Analysis"]["excludes"])


def test_the_spec_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run_spec(ROOT, tmp_path, monkeypatch, "win32").asked
    assert Path(asked["EXE"]["icon"]).suffix == ".ico" and Path(asked["EXE"]["icon"]).is_file()
    assert duv_studio.__version__ in Path(asked["EXE"]["version"]).read_text(encoding="utf-8")
    assert "BUNDLE" not in asked


def test_the_spec_on_macos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run_spec(ROOT, tmp_path, monkeypatch, "darwin").asked
    bundle = asked["BUNDLE"]
    assert bundle["name"] == "DUV Studio.app" and Path(bundle["icon"]).is_file()
    assert bundle["bundle_identifier"] == bundle["info_plist"]["CFBundleIdentifier"]


def test_macos_is_told_that_midi_files_open() -> None:
    keys = info_plist("1.2.3")
    assert (keys["CFBundleShortVersionString"], keys["NSHighResolutionCapable"]) == ("1.2.3", True)
    assert [kind["LSItemContentTypes"] for kind in keys["CFBundleDocumentTypes"]] == [["public.midi-audio"]]


@pytest.mark.parametrize(("version", "numbers"), [("0.1.0", (0, 1, 0, 0)), ("2.10.3rc1", (2, 10, 3, 0))])
def test_windows_is_told_the_version(version: str, numbers: tuple[int, ...]) -> None:
    def record(name: str) -> Any:
        return lambda *parts, **named: (name, parts, named)

    kinds = ("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct", "VarFileInfo")
    found = eval(windows_version(version), {name: record(name) for name in (*kinds, "VarStruct")})
    fixed, (strings, translation) = found[2]["ffi"], found[2]["kids"]
    assert fixed[2] == {"filevers": numbers, "prodvers": numbers}
    language, structs = strings[1][0][0][1]
    said = dict(struct[1] for struct in structs)
    assert said["ProductVersion"] == said["FileVersion"] == version and said["ProductName"] == "DUV Studio"
    assert language == "040904B0" and translation[1][0][0][1] == ("Translation", [0x0409, 0x04B0])


# ---- icons -----------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"


def test_icons_of_windows() -> None:
    data = resource("icons", "app", "app.ico").read_bytes()
    assert struct.unpack("<HHH", data[:6]) == (0, 1, len(WINDOWS))
    for place, size in enumerate(WINDOWS):
        width, height, *_, length, at = struct.unpack_from("<BBBBHHII", data, 6 + 16 * place)
        picture = data[at : at + length]
        assert (width or 256, height or 256) == (size, size) == struct.unpack(">II", picture[16:24])
        assert picture.startswith(PNG) and picture.endswith(b"IEND\xaeB`\x82")


def test_icons_of_macos() -> None:
    data = resource("icons", "app", "app.icns").read_bytes()
    assert struct.unpack(">4sI", data[:8]) == (b"icns", len(data))
    found, at = {}, 8
    while at < len(data):
        name, length = struct.unpack_from(">4sI", data, at)
        found[name.decode()] = struct.unpack(">II", data[at + 24 : at + 32])
        assert data[at + 8 :].startswith(PNG)
        at += length
    assert found == {name: (size, size) for name, size in MACOS.items()}


def test_icons_of_linux_show_the_drawing(qapp: QApplication) -> None:
    for size in LINUX:
        image = QImage(str(resource("icons", "app", f"{size}.png")))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(0, 0).alpha() == 0 and image.pixelColor(size // 2, size // 2).alpha() == 255


def test_icons_are_drawn_from_the_svg(qapp: QApplication) -> None:
    picture = png(resource("icons", "app.svg").read_bytes(), 64)
    drawn, shipped = QImage.fromData(picture), QImage(str(resource("icons", "app", "64.png")))
    assert drawn.pixelColor(45, 32) == shipped.pixelColor(45, 32)
    assert picture in ico({64: picture}) and picture in icns({"ic12": picture})


# ---- its place in the menu -------------------------------------------------------------------------------------------

DESKTOP = resource("desktop")


def entry(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", strict=True)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(path.read_text(encoding="utf-8"))
    assert parser.sections() == ["Desktop Entry"]
    return parser["Desktop Entry"]


def test_the_menu_entry() -> None:
    found = entry(DESKTOP / "duv-studio.desktop")
    assert (found["Type"], found["Name"], found["Icon"]) == ("Application", "DUV Studio", "duv-studio")
    assert found["MimeType"] == "audio/midi;audio/x-midi;"
    assert found["Exec"] == "duv-studio %f" and found["Terminal"] == "false"
    assert {"Audio", "AudioVideo", "Midi"} <= set(found["Categories"].split(";"))
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", DESKTOP / "duv-studio.desktop"], check=True)


def install(home: Path, *arguments: object, script: Path = DESKTOP / "install-desktop.sh") -> str:
    """Run the script as a user whose home is `home`; what it says."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    command = ["sh", str(script), *map(str, arguments)]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert len(done.stderr.splitlines()) == 1 and done.stdout == ""
    return done.stderr if done.returncode == 0 else f"{done.returncode}: {done.stderr}"


@needs_sh
@pytest.mark.parametrize("folder", ["plain", "a b", '100% "good" $HOME `x` back\\slash & 日本'])
def test_a_user_installs_it_and_takes_it_away(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    shutil.copytree(resource("icons"), place / "_internal" / "duv_studio" / "resources" / "icons")
    for name in ("duv-studio.desktop", "install-desktop.sh"):
        shutil.copy(DESKTOP / name, place / name)
    (place / "duv-studio").write_text("#!/bin/sh\n")
    (place / "duv-studio").chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    assert "is in the menu" in install(home, script=place / "install-desktop.sh")
    line = entry(home / ".local/share/applications/duv-studio.desktop")["Exec"]
    assert command_of(line) == [str(place / "duv-studio"), "%f"]
    icons = home / ".local/share/icons/hicolor"
    assert QImage(str(icons / "128x128/apps/duv-studio.png")).width() == 128
    assert (icons / "scalable/apps/duv-studio.svg").is_file()
    assert "no longer" in install(home, "--remove", script=place / "install-desktop.sh")
    assert not [path for path in home.rglob("duv-studio*") if path.is_file()]


def command_of(line: str) -> list[str]:
    """The words of an Exec line, read as the specification of desktop entries says."""
    text = line.replace("\\\\", "\\")  # escapes of any string in such a file
    return [word.replace("%%", "%") for word in shlex.split(text.replace("\\`", "`").replace("\\$", "$"))]


@needs_sh
def test_it_is_told_when_there_is_no_program(tmp_path: Path) -> None:
    assert install(tmp_path, tmp_path / "none").startswith("1: There is no program at")
    assert not list(tmp_path.iterdir())


@needs_sh
def test_an_installed_command_can_be_put_there_too(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "duv-studio"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    install(tmp_path, program)
    assert str(program) in entry(tmp_path / ".local/share/applications/duv-studio.desktop")["Exec"]


# ---- its check -------------------------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> Path:
    folder.mkdir()
    (folder / "duv-studio").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "duv-studio").chmod(0o755)
    return folder


@needs_sh
def test_the_check_runs_it_far_from_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    folder = program(tmp_path / "app", 'echo "$1 in $(pwd) home $HOME path $PATH python ${PYTHONPATH-unset}"')
    monkeypatch.setattr(sys, "argv", ["check_app", str(folder)])
    assert check_app.main() == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "app: 0 MB in 1 files"
    said = [line for line in lines if line.startswith("--self-test in")]
    assert len(said) == 2
    for line in said:
        assert "path /nonexistent python unset" in line and str(ROOT) not in line
        where, home = line.split()[2], line.split()[4]
        assert where == home and not Path(where).exists()


@needs_sh
@pytest.mark.parametrize("body", ["exit 1", "[ -e ran ] && exit 1; echo >ran"])
def test_a_failing_self_test_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], body: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["check_app", str(program(tmp_path / "app", body))])
    assert check_app.main() == 1
    assert "ended with status 1" in capfd.readouterr().out


def test_a_missing_program_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["check_app", str(tmp_path)])
    assert check_app.main() == 1


@needs_sh
def test_a_program_that_could_open_no_window_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = program(tmp_path / "app", "exit 0")
    plugin = folder / "_internal" / "PySide6" / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("a plugin")
    known = "#!/bin/sh\necho 'libX11.so.6 => $LD_LIBRARY_PATH/libX11.so.6'\necho 'libxcb-icccm.so.4 => {}'\n"
    ldd = tmp_path / "ldd"
    ldd.write_text(known.format("not found"))
    ldd.chmod(0o755)
    monkeypatch.setattr(os, "defpath", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "argv", ["check_app", str(folder)])
    assert check_app.main() == 1
    assert capfd.readouterr().out.splitlines()[1].endswith("needs: libxcb-icccm.so.4.")
    ldd.write_text(known.format("/lib/libxcb-icccm.so.4"))
    assert check_app.main() == 0
