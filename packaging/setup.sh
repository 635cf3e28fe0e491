# Sets up the checkout: OS packages, .venv, the Python packages. Sourced by packaging/studio and
# packaging/test, which give `set_up` the extras they need ("", "app" or "test").
#
# A stamp in .venv says for what it was made; while it matches, nothing is done and nothing is said.
# One set-up runs at a time (flock). One that was killed half-way leaves a mark in .venv, and the
# next run makes .venv anew. Needs bash, coreutils and util-linux, which every Debian has.

set -euo pipefail

ROOT=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
VENV=$ROOT/.venv
MARK=$VENV/.setting-up

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$@"
    if [[ -n ${LOG:-} && ! -s $LOG ]]; then
        rm -f -- "$LOG"
    fi
    exit 1
}

# What the stamp of these extras must hold: a moved checkout, another Python, changed requirements
# or a changed set-up all need work.
stamp_text() {
    printf '%s\n' "$1" "$ROOT" "$(readlink -f -- "$VENV/bin/python")"
    sha256sum <"$ROOT/pyproject.toml"
    sha256sum <"$ROOT/packaging/setup.sh"
}

stamped() {
    [[ -x $VENV/bin/python && ! -e $MARK && -r $VENV/.stamp-$1 ]] &&
        [[ $(<"$VENV/.stamp-$1") == "$(stamp_text "$1")" ]]
}

missing_programs() {
    local program
    for program in ffmpeg flite espeak-ng; do
        command -v "$program" >/dev/null || printf '%s\n' "$program"
    done
}

# What the window needs of the system, and the package that brings it: libmpv plays films, PortAudio
# records; the rest is what PySide6 takes for granted on a desktop and a server may lack.
WINDOW_LIBRARIES="
    libmpv.so.2 libmpv2
    libportaudio.so.2 libportaudio2
    libEGL.so.1 libegl1
    libGL.so.1 libgl1
    libdbus-1.so.3 libdbus-1-3
    libfontconfig.so.1 libfontconfig1
    libglib-2.0.so.0 libglib2.0-0
    libxkbcommon.so.0 libxkbcommon0
    libxkbcommon-x11.so.0 libxkbcommon-x11-0
    libxcb-cursor.so.0 libxcb-cursor0
    libxcb-icccm.so.4 libxcb-icccm4
    libxcb-image.so.0 libxcb-image0
    libxcb-keysyms.so.1 libxcb-keysyms1
    libxcb-randr.so.0 libxcb-randr0
    libxcb-render-util.so.0 libxcb-render-util0
    libxcb-shape.so.0 libxcb-shape0
    libxcb-xkb.so.1 libxcb-xkb1"

# The packages of what these extras need beside programs: nothing, for the command line alone.
missing_libraries() {
    local extras=$1 known library package
    if [[ -z $extras ]]; then
        return
    fi
    known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true)
    while read -r library package; do
        if [[ -n $library && $known != *"$library "* ]]; then
            printf '%s\n' "$package"
        fi
    done <<<"$WINDOW_LIBRARIES"
    if [[ $extras == test ]]; then
        # a screen that is none, and the bus over which screen readers ask
        command -v Xvfb >/dev/null || printf 'xvfb\n'
        command -v xauth >/dev/null || printf 'xauth\n' # xvfb-run cannot do without
        command -v mpv >/dev/null || printf 'mpv\n'     # plays what was exported
        command -v dbus-run-session >/dev/null || printf 'dbus-daemon\n'
        [[ -x /usr/libexec/at-spi-bus-launcher ]] || printf 'at-spi2-core\n'
        command -v xdotool >/dev/null || printf 'xdotool\n'
        [[ -d /usr/lib/python3/dist-packages/pyatspi ]] || printf 'python3-pyatspi\n'
        missing_fonts
    fi
}

# Fonts for the scripts in which the tests read subtitles back from pictures, where the system has
# none yet; DejaVu has the letters of Latin, Cyrillic, Greek, Arabic and Hebrew.
missing_fonts() {
    local language package
    if ! command -v fc-list >/dev/null; then
        printf '%s\n' fontconfig fonts-dejavu-core fonts-lohit-deva fonts-wqy-microhei
        return
    fi
    while read -r language package; do
        if [[ -z $(fc-list ":lang=$language" family) ]]; then
            printf '%s\n' "$package"
        fi
    done <<<"pl fonts-dejavu-core
ru fonts-dejavu-core
el fonts-dejavu-core
ar fonts-dejavu-core
he fonts-dejavu-core
hi fonts-lohit-deva
zh-cn fonts-wqy-microhei
ko fonts-wqy-microhei" | sort -u
}

# Runs a command, its output into the log, whose end is shown when the command fails.
# It does not get the lock (9): a daemon that a package starts would hold it for ever.
logged() {
    local doing=$1
    shift
    if ! "$@" >>"$LOG" 2>&1 9<&-; then
        tail -n 30 -- "$LOG" >&2
        fail "$doing failed; the last lines are above, all of them in $LOG."
    fi
}

python_fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python_makes_venvs() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# Prints the Python to use: one that can make a .venv if there is any, else one that fits.
find_python() {
    local candidate fitting=()
    for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
        if command -v "$candidate" >/dev/null && python_fits "$candidate"; then
            fitting+=("$candidate")
        fi
    done
    for candidate in "${fitting[@]}"; do
        if python_makes_venvs "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    printf '%s\n' "${fitting[0]:-}"
}

# The OS packages without which set-up of these extras cannot go on. Every program's package has
# its name.
missing_packages() {
    missing_programs
    missing_libraries "$1"
    if [[ -x $VENV/bin/python ]] && venv_is_sound; then
        return
    fi
    local python
    python=$(find_python)
    if [[ -z $python ]]; then
        printf '%s\n' python3 python3-venv
    elif ! python_makes_venvs "$python"; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

install_packages() {
    local as_root=() command="apt-get install $*"
    if ! command -v apt-get >/dev/null; then
        fail "The studio needs these packages, which are not installed: $*. Install them with this" \
            "system's own package manager and start again (libmpv2 mostly comes with mpv there)."
    fi
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            fail "The studio needs these packages, which are not installed: $*. Run" \
                "“sudo $command” and start again."
        fi
        as_root=(sudo -n)
    fi
    say "Installing $* with apt (once, about a minute) ..."
    # not every image comes with a list of packages, and an old list names files that are gone
    logged "apt-get update" "${as_root[@]}" apt-get update
    logged "$command" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "$@"
}

venv_is_sound() {
    [[ ! -e $MARK ]] && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 &&
        python_fits "$VENV/bin/python"
}

make_venv() {
    local python
    python=$(find_python)
    if [[ -z $python ]]; then
        fail "The studio needs Python 3.11 or newer, and this machine has none." \
            "Install one (on Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv)" \
            "and start again."
    fi
    mkdir -p -- "$VENV" 2>/dev/null || fail "The folder $ROOT cannot be written to."
    touch -- "$MARK"
    logged "Making .venv" "$python" -m venv --clear --without-pip "$VENV"
    touch -- "$MARK" # --clear has swept it away
    logged "Putting pip into .venv" "$VENV/bin/python" -m ensurepip --default-pip
}

pip_install() {
    "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off "$@"
}

# opencv-python (asked for by scenedetect) and opencv-python-headless (by rapidocr) write the same
# cv2 folder. The headless one must be the one on disk: the other needs libGL. Their compiled module
# differs in size, so the list of files that came with the headless one tells.
headless_cv2_on_disk() {
    "$VENV/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import files

for file in files("opencv-python-headless") or ():
    if file.match("cv2/cv2*.so"):
        sys.exit(file.locate().stat().st_size != file.size)
sys.exit(1)
PYTHON
}

install_python_packages() {
    local extras=$1
    touch -- "$MARK"
    if [[ $extras == test ]]; then
        # before all that builds on it, so that none of it brings another one
        logged "Installing torch" pip_install "torch==2.13.0"
    fi
    # When pip itself gives up (no network ...) it has undone its work: .venv is as sound as before.
    if ! pip_install --editable "$ROOT${extras:+[$extras]}" >>"$LOG" 2>&1 9<&-; then
        rm -f -- "$MARK"
        tail -n 30 -- "$LOG" >&2
        fail "Installing the Python packages failed; the last lines are above, all of them in $LOG."
    fi
    if ! headless_cv2_on_disk; then
        local wanted
        wanted=$("$VENV/bin/python" -c \
            'from importlib.metadata import version; print(version("opencv-python-headless"))')
        logged "Installing OpenCV" pip_install --force-reinstall --no-deps \
            "opencv-python-headless==$wanted"
    fi
    rm -f -- "$MARK"
}

# The W3C's own WebVTT parser, by which the tests judge ours, where there are Node and a registry of
# its packages; its tests say that they are skipped where there are not.
install_judge() {
    if ! command -v npm >/dev/null || ! npm install --prefix "$VENV/node" --save-exact \
        --ignore-scripts --no-audit --no-fund --fetch-retries 1 --fetch-timeout 30000 \
        webvtt-parser@2.2.0 >>"$LOG" 2>&1 9<&-; then
        say "The parser of WebVTT by the W3C could not be fetched; its tests will be skipped."
    fi
}

write_stamps() {
    stamp_text "$1" >"$VENV/.stamp-$1"
    # "test" brings all that "app" does, and "app" all that the command line needs
    if [[ $1 == test ]]; then
        stamp_text app >"$VENV/.stamp-app"
    fi
    if [[ -n $1 ]]; then
        stamp_text "" >"$VENV/.stamp-"
    fi
}

set_up() {
    local extras=$1 packages
    if stamped "$extras" && [[ -z $(missing_programs)$(missing_libraries "$extras") ]]; then
        return
    fi
    exec 9<"$ROOT/pyproject.toml"
    if ! flock --nonblock 9; then
        say "Another set-up is running here; waiting for it ..."
        flock 9
    fi
    LOG=$(mktemp --tmpdir studio-set-up.XXXXXX.log)
    packages=$(missing_packages "$extras")
    if [[ -n $packages ]]; then
        # shellcheck disable=SC2086  # one argument for each name
        install_packages $packages
    fi
    if ! stamped "$extras"; then
        say "Setting up the studio in $VENV (once, one to three minutes) ..."
        [[ -x $VENV/bin/python ]] && venv_is_sound || make_venv
        install_python_packages "$extras"
        if [[ $extras == test ]]; then
            install_judge
        fi
        write_stamps "$extras"
        say "The studio is set up."
    fi
    rm -f -- "$LOG"
    exec 9<&-
}
