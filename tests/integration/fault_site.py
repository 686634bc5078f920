# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a service by the playbooks, while requests fail."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from examples import EXAMPLES, OVN, example
from fault_steps import NAME, Outcome, environment
from playing import LONGEST, HungError, changes, run


class Site:
    """The shipped example behind a balancer of the provider ovn, by site.yml and teardown.yml."""

    name = "site"
    services = ("identity", "compute", "network", "load-balancer", "orchestration")

    def __init__(self, folder: Path) -> None:
        self.service = folder / "service.yml"

    def play(self, phase: str, clouds_yaml: Path) -> Outcome:
        """Run the playbook of a phase; the change is other metadata, for which a group replaces all replicas."""
        stage = "changed" if phase == "change" else "made"
        service = example() | {"name": NAME, "replicas": 2, "metadata": {"stage": stage}}
        service["load_balancer"] |= OVN
        self.service.write_text(yaml.safe_dump({"model_service": service}), encoding="utf-8")
        playbook = "teardown" if phase == "remove" else "site"
        words = ["ansible-playbook", f"model_serving.openstack.{playbook}"]
        words += [f"--extra-vars=@{self.service}", f"--extra-vars=@{EXAMPLES / 'local_cloud.yml'}"]
        try:
            done = run(words, environment(clouds_yaml), LONGEST)
        except HungError as hung:
            return Outcome(where="site", said=str(hung), output=hung.said)
        outcome = Outcome(output=done.stdout + done.stderr, changed=changes(done.stdout))
        if done.returncode:
            tasks = re.findall(r"^TASK \[(.*?)\] \**$", done.stdout, re.MULTILINE)
            outcome.where = tasks[-1] if tasks else "start"
            # What Ansible says from the first failure on.
            start = re.search(r"^(\[ERROR\]|fatal: )", done.stdout + done.stderr, re.MULTILINE)
            outcome.said = (done.stdout + done.stderr)[start.start() :][:4000] if start else ""
        return outcome
