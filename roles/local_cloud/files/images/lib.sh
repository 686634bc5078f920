# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Shared by build-guest, build-amphora and build-ovs; sourced, never run.
#
# Every build works in a tmpfs in a mount namespace of its own, so that whatever becomes of the script, no mount and no
# half-made tree stays. Only the result is written to disk, and the last step is a rename. Beside the result lies the
# hash of its recipe, the files it is made from: the same recipe is never built twice.

if [[ -z ${PRIVATE_MOUNTS:-} ]]; then
    exec env PRIVATE_MOUNTS=yes unshare --mount --propagation private "$0" "$@"
fi

export PATH=$PATH:/usr/sbin:/sbin
umask 022 # what is made here is read under other accounts, in the images
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=""
PARTIAL=""

# Packages of the tree that guest and amphora are both made from.
BASE_PACKAGES=(usr-is-merged systemd systemd-sysv iproute2 ethtool procps tzdata cloud-init python3)

say() { printf '[%s %3ds] %s\n' "${0##*/}" "$SECONDS" "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || die "the command $tool is missing; install it and run again"
    done
    [[ $EUID -eq 0 ]] || die "must run as root (it makes files that belong to other users)"
}

remove_work() {
    [[ -z $PARTIAL ]] || rm -rf -- "$PARTIAL"
    [[ -z $WORK ]] || { umount --lazy "$WORK" && rmdir "$WORK"; }
}

# make_work OUTDIR RESULT: an empty tmpfs $WORK, and the name $PARTIAL for the unfinished result. Both vanish when the
# script ends. Waits for another run of the same script.
make_work() {
    exec {work_lock}>"$1/.${0##*/}.lock"
    flock "$work_lock"
    WORK=$1/.${0##*/}
    PARTIAL=$2.partial
    mkdir -p "$WORK"
    trap remove_work EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mount -t tmpfs -o mode=755 "${0##*/}" "$WORK"
    export TMPDIR=$WORK
    rm -rf -- "$PARTIAL"
}

# recipe FILE...: hash of the named files and folders (relative to this folder) and of the base packages.
recipe() {
    (
        cd "$HERE" || exit
        printf '%s\n' "${BASE_PACKAGES[@]}"
        find "$@" -type f -printf '%m %p\n' -exec sha256sum {} + | LC_ALL=C sort
    ) | sha256sum | cut -c1-16
}

# built RESULT HASH: whether RESULT was built from that recipe.
built() { [[ -e $1 && -f $1.recipe && $(<"$1.recipe") == "$2" ]]; }

# stop_if_built RESULT HASH: end the script when there is nothing to do.
stop_if_built() {
    built "$1" "$2" || return 0
    say "unchanged: $1 (recipe $2)"
    exit 0
}

# publish RESULT HASH: put the finished RESULT.partial in its place.
publish() {
    rm -f -- "$1.recipe"
    if [[ -d $1 ]]; then rm -rf -- "$1"; fi
    mv -T -- "$1.partial" "$1"
    printf '%s\n' "$2" >"$1.recipe"
}

# mirrors SUITE: one sources.list line for each archive from which this machine itself takes Debian,
# with the suite's name in place of its own (Debian 12, bookworm).
mirrors() {
    local own=bookworm lines
    lines=$(apt-get indextargets --format "\$(SITE) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
        awk -v own="$own" -v suite="$1" '
            $3 == "main" && ($2 == own || $2 == own "-updates" || $2 == own "-security") {
                sub("^" own, suite, $2)
                print "deb " $1 " " $2 " main"
            }' | LC_ALL=C sort -u)
    [[ $lines == *" $1 main"* ]] || die "apt knows no Debian 12 archive; this needs Debian 12 after 'apt-get update'"
    printf '%s\n' "$lines"
}

# bootstrap SUITE TARGET OPTION...: mmdebstrap from this machine's own archives.
bootstrap() {
    local suite=$1 target=$2 log=$WORK/mmdebstrap.log sources
    shift 2
    sources=$(mirrors "$suite")
    mmdebstrap --mode=root --dpkgopt=force-unsafe-io "$@" "$suite" "$target" - <<<"$sources" >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; die "mmdebstrap of $suite failed, see above"; }
}

# inside TREE COMMAND...: run a command in the tree, with /proc and /dev, which end with the command.
inside() {
    local tree=$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --propagation private sh -euc '
        tree=$1
        shift
        mount -t proc proc "$tree/proc"
        mount --bind /dev "$tree/dev"
        exec chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
            ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
            DEBIAN_FRONTEND=noninteractive "$@"' inside "$tree" "$@"
}

# base_tree OUTDIR TREE: unpack the tree both images start from; made once for each recipe.
base_tree() {
    local cache=$1/base.tar hash
    hash=$(recipe lib.sh)
    exec {base_lock}>"$1/.base.lock"
    flock "$base_lock"
    if ! built "$cache" "$hash"; then
        say "making the Debian base tree"
        bootstrap bookworm "$cache.partial" --variant=apt --format=tar \
            --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
            --include="$(IFS=,; printf '%s' "${BASE_PACKAGES[*]}")"
        publish "$cache" "$hash"
    fi
    exec {base_lock}>&-
    mkdir -p "$2"
    tar -C "$2" --xattrs --xattrs-include='*' -xf "$cache"
}

# python_environment TREE PREFIX UV PYTHON LOCK: a virtual environment at PREFIX inside the tree, for the
# tree's own Python 3.11, with exactly the packages of LOCK. PYTHON only drives uv; any version will do.
python_environment() {
    local tree=$1 prefix=$2 uv=$3 python=$4 lock=$5 site
    site=$tree$prefix/lib/python3.11/site-packages
    inside "$tree" python3 -m venv --without-pip "$prefix"
    # The scripts of --target name the outer interpreter, so they are removed; run modules instead.
    "$uv" pip install --quiet --no-deps --link-mode copy --python "$python" --target "$site" \
        --python-version 3.11 --python-platform x86_64-manylinux_2_28 --requirements "$lock"
    rm -rf -- "${site:?}/bin" "$site/.lock"
    # Parts that only the packages' own developers run.
    find "$site" -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} +
}

# overlay TREE NAME: put the files that are not Debian's over the tree. Everybody may read them there, even if the
# checkout that they come from is for its owner only.
overlay() {
    tar -C "$HERE/overlay/$2" --owner=0 --group=0 --mode=u=rwX,go=rX -c . | tar -C "$1" -x
}

# units TREE enable|mask UNIT...: without systemctl's complaints about a system that is not running.
units() {
    local tree=$1
    shift
    inside "$tree" systemctl --quiet "$@"
}

# settle TREE HOSTNAME: what every container of this cloud needs, and nothing that only real hardware needs.
settle() {
    local tree=$1
    overlay "$tree" common
    ln -sf ../local/sbin/container-init "$tree/usr/sbin/init"
    ln -sf /lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
    # cloud-init must not look for other sources than the one in the overlay.
    rm -f "$tree/etc/cloud/cloud.cfg.d/90_dpkg.cfg"
    # A name server that does not answer costs 30 s at boot; one that refuses costs nothing.
    rm -f "$tree/etc/resolv.conf"
    printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$tree/etc/resolv.conf"
    printf '%s\n' "$2" >"$tree/etc/hostname"
    printf '127.0.0.1 localhost\n' >"$tree/etc/hosts"
    : >"$tree/etc/fstab"
    : >"$tree/etc/machine-id"
    rm -f "$tree/var/lib/dbus/machine-id"
    units "$tree" enable systemd-networkd nic-offload-off
    units "$tree" mask console-getty getty@tty1 getty.target systemd-logind \
        systemd-udevd systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger \
        systemd-timesyncd systemd-pstore systemd-remount-fs systemd-modules-load systemd-binfmt \
        systemd-random-seed systemd-update-utmp systemd-update-utmp-runlevel systemd-machine-id-commit \
        systemd-journal-flush cloud-init-hotplugd.socket apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer fstrim.timer e2scrub_all.timer e2scrub_reap \
        dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
}

# ext4_image TREE IMAGE SPARE: a sparse raw ext4 file with SPARE MiB free. Nova copies an image whole and
# grows the file system to the flavor's disk itself, so a small file is a fast boot.
ext4_image() {
    local tree=$1 image=$2 spare=$3 used files
    rm -rf -- "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/* "$tree"/var/cache/debconf/*-old \
        "$tree"/usr/share/{doc,man,info,locale,i18n,lintian,bash-completion}/* \
        "$tree"/var/log/*.log "$tree"/var/log/apt/* "$tree"/tmp/*
    used=$(du -sm --apparent-size "$tree" | cut -f1)
    files=$(find "$tree" | wc -l)
    truncate -s "$((used + used / 8 + spare))M" "$image"
    # No journal: a replica is replaced, not repaired, and the journal costs space and writes.
    mke2fs -q -F -t ext4 -m 0 -L root -O ^has_journal -N "$((files + files / 4 + 8192))" -d "$tree" "$image"
}

report() { say "$1: $(du -m --apparent-size "$1" | cut -f1) MiB long, $(du -m "$1" | cut -f1) MiB on disk"; }
