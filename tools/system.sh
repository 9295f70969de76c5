# Shell functions that find and install the system packages that Qt and PyInstaller need on Debian and Ubuntu. Sourced by others.

VENV=${VENV:-.venv}

say() { printf '%s\n' "$*" >&2; }

has_screen() {
    case $(uname -s) in Linux) [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] ;; *) true ;; esac
}

# "library=package" for what Qt loads at run time.
OFFSCREEN_LIBRARIES="libEGL.so.1=libegl1 libGL.so.1=libgl1 libxkbcommon.so.0=libxkbcommon0 libglib-2.0.so.0=libglib2.0-0
    libfontconfig.so.1=libfontconfig1 libdbus-1.so.3=libdbus-1-3"
SCREEN_LIBRARIES="libxcb-cursor.so.0=libxcb-cursor0 libxkbcommon-x11.so.0=libxkbcommon-x11-0 libxcb-icccm.so.4=libxcb-icccm4
    libxcb-keysyms.so.1=libxcb-keysyms1 libxcb-shape.so.0=libxcb-shape0"

# Prints the packages that are missing, one a line; $1 is the Python that will make the virtual environment.
missing_packages() {
    missing_libraries $OFFSCREEN_LIBRARIES
    if has_screen; then missing_libraries $SCREEN_LIBRARIES; fi
    has_font || echo fonts-dejavu-core
    "$1" -c 'import ensurepip, venv' 2>/dev/null || "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

# The packages of those "library=package" whose library the system does not have.
missing_libraries() {
    known=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null || true)
    for pair in "$@"; do
        case "$known" in *"${pair%%=*} "*) ;; *) echo "${pair##*=}" ;; esac
    done
}

# What `make app` needs besides. PyInstaller asks objdump what libraries need; it copies those for a screen, which users
# have, and the one that Python itself is, where that is Debian's.
missing_build_packages() {
    command -v objdump >/dev/null || echo binutils
    missing_libraries $SCREEN_LIBRARIES
    "$1" -c 'import sys; sys.exit(sys.base_prefix != "/usr")' || return 0
    python=$("$1" -c 'import sys; print("libpython%d.%d" % sys.version_info[:2])')
    missing_libraries "$python.so.1.0=$python"
}

has_font() {
    for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" "${HOME:-/}/.local/share/fonts"; do
        [ -z "$(find "$folder" -name '*.[to]t[fc]' 2>/dev/null | head -n 1)" ] || return 0
    done
    return 1
}

install_missing_packages() { install_packages "$(missing_packages "$1")"; }

# $1: names of packages, one a line; nothing is done where there are none.
install_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    packages=$(echo $1)
    [ -n "$packages" ] || return 0
    if ! command -v apt-get >/dev/null; then
        say "These system packages are missing (by their Debian names): $packages. Install them and try again."
        exit 1
    fi
    become_root "$packages"
    say "Installing system packages: $packages"
    # The package lists of a bare machine are empty or old: fetch them only if the first try fails.
    if ! apt_install $packages >/dev/null 2>&1; then
        $AS_ROOT apt-get update -qq && apt_install $packages >/dev/null || {
            say "The system packages could not be installed; apt-get says why above. They are: $packages"
            exit 1
        }
    fi
}

# Sets AS_ROOT to what goes before a command that needs root; asks for a password only where someone can type it.
become_root() {
    AS_ROOT=
    [ "$(id -u)" != 0 ] || return 0
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        AS_ROOT=sudo
        return 0
    fi
    say "System packages are missing, and neither root nor sudo is at hand to install them. Have someone run: apt-get install $1"
    exit 1
}

apt_install() {
    $AS_ROOT env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
