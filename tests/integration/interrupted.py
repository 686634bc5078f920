# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill first deployments at random moments. The next run must make exactly what is wanted, the teardown leave nothing.

Everything happens in a project of its own on the local cloud. First an undisturbed deployment shows what is wanted and
how long it takes. Then, for each moment: deploy, kill with SIGKILL, deploy again, count, tear down, count.

The exit code is the number of rounds that went wrong. --seed repeats the moments of an
earlier run, on a machine as fast.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import openstack
from cloud import KINDS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "interrupted"
FOLDER = ROOT / "build" / PROJECT
CLOUDS_YAML = FOLDER / "clouds.yaml"
EXAMPLES = ROOT / "playbooks" / "examples"
# An environment variable, by which a run's processes are known.
MARK = "INTERRUPTED_RUN"
# What Octavia and Neutron take away after the answer to a deletion gets this many seconds.
PATIENCE = 60.0
# Nothing is written before the first module has been started.
EARLIEST = 2.0

Shape = Counter[str]


def playbook(name: str) -> list[str]:
    return [
        "ansible-playbook",
        f"model_serving.openstack.{name}",
        "--diff",
        f"--extra-vars=@{EXAMPLES}/digits.yml",
        f"--extra-vars=@{EXAMPLES}/local_cloud.yml",
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "OS_CLIENT_CONFIG_FILE": str(CLOUDS_YAML), "OS_CLOUD": "local"}


def project(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("project.py")), *arguments], check=True
    )


def run(name: str) -> str:
    """Run a playbook to its end and return what it says; raise CalledProcessError if it fails."""
    done = subprocess.run(playbook(name), env=environment(), check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
        done.check_returncode()
    return done.stdout


def changes(output: str) -> list[str]:
    """The changed tasks of a run, each with its diff."""
    tasks = re.split(r"^TASK ", output, flags=re.MULTILINE)
    return [task.strip() for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]


def run_and_kill(name: str, seconds: float) -> str:
    """Start a playbook, kill it with all it has started, and return the task it was at; "" if it had ended by then."""
    mark = f"{MARK}={uuid.uuid4()}"
    marked = {**environment(), **dict([mark.split("=")])}
    with (FOLDER / "killed.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(playbook(name), env=marked, stdout=log, stderr=subprocess.STDOUT)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill(mark)
            process.wait()
            log.seek(0)
            tasks = re.findall(r"^TASK \[(.*?)\] \**$", log.read(), re.MULTILINE)
            return tasks[-1] if tasks else "start"
    return ""


def kill(mark: str) -> None:
    """Kill all processes that have the mark in their environment: Ansible's workers are in sessions of their own."""
    while family := [path.parent for path in Path("/proc").glob("[0-9]*/environ") if has(path, mark)]:
        for process in family:
            try:
                os.kill(int(process.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def has(environ: Path, mark: str) -> bool:
    try:
        return mark.encode() in environ.read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False


def shape() -> Shape:
    """Count what is in the project, by kind and name; what is different each time is taken out of names."""
    config = openstack.config.OpenStackConfig(config_files=[str(CLOUDS_YAML)], load_envvars=False)
    conn = openstack.connection.Connection(config=config.get_one("local"))
    counted: Shape = Counter()
    for kind in KINDS:
        for thing in kind(conn).values():
            name = thing.get("device_owner") or thing["name"]
            name = re.sub(r"-\d+-\d+$|[0-9a-f]{8}-[0-9a-f-]{27}$|^\d+\.\d+\.\d+\.\d+$", "", name)
            counted[f"{kind.__name__} {name}"] += 1
            for pool in thing.get("pools", []):
                for member in pool["members"].values():
                    counted[f"members {pool['name']} {member.rpartition(' ')[2]}"] += 1
    return counted


def differences(wanted: Shape) -> list[str]:
    """What is too much or missing, also after some patience."""
    end = time.monotonic() + PATIENCE
    while (found := shape()) != wanted and time.monotonic() < end:
        time.sleep(2)
    names = sorted(found.keys() | wanted.keys())
    return [f"{name}: {found[name]} instead of {wanted[name]}" for name in names if found[name] != wanted[name]]


def attempt(moment: float, wanted: Shape, empty: Shape) -> list[str]:
    """One round; return what was wrong."""
    print(f"killed after {moment:5.1f} s at: {run_and_kill('site', moment) or 'its end'}", flush=True)
    left = shape() - empty
    print(f"    it left {', '.join(f'{count} x {name.strip()}' for name, count in sorted(left.items())) or 'nothing'}")
    started = time.monotonic()
    run("site")
    print(f"    next run succeeded in {time.monotonic() - started:.0f} s", flush=True)
    wrong = [f"after the next run: {text}" for text in differences(wanted)]
    wrong += [f"the run after the next one changed something: {text}" for text in changes(run("site"))]
    run("teardown")
    return wrong + [f"after the teardown: {text}" for text in differences(empty)]


def undisturbed() -> tuple[float, Shape, Shape]:
    """Deploy and tear down; return how long the first took in seconds, and what there was with and without it."""
    run("teardown")
    empty = shape()
    started = time.monotonic()
    run("site")
    seconds = time.monotonic() - started
    wanted = shape()
    print(f"undisturbed: {seconds:.0f} s, makes")
    for name, count in sorted((wanted - empty).items()):
        print(f"    {count} x {name.strip()}")
    run("teardown")
    if wrong := differences(empty):
        raise SystemExit("the undisturbed teardown left something: " + "; ".join(wrong))
    return seconds, wanted, empty


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311  # no secret
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at", type=float, nargs="+", help="kill after these seconds instead of at random moments")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)  # noqa: S311
    project("make", PROJECT, str(CLOUDS_YAML))
    seconds, wanted, empty = undisturbed()
    moments = options.at or [chance.uniform(EARLIEST, seconds) for _round in range(options.rounds)]
    failed = 0
    for moment in moments:
        try:
            wrong = attempt(moment, wanted, empty)
        except subprocess.CalledProcessError as error:
            wrong = [f"{error.cmd[1]} failed with exit code {error.returncode}, see above"]
            run("teardown")
        failed += bool(wrong)
        for text in wrong or ["exactly what is wanted, then nothing left"]:
            print(f"    {'WRONG: ' if wrong else ''}{text}", flush=True)
    project("remove", PROJECT)
    print(f"{len(moments) - failed} of {len(moments)} rounds went well")
    return failed


if __name__ == "__main__":
    sys.exit(main())
