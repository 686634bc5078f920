# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ceilometer pollsters for libvirt-LXC guests.

libvirt's LXC driver lacks the bulk statistics that Ceilometer's own pollsters ask for, and Ceilometer lets nobody
choose another inspector; these read virDomainGetInfo and publish the stock metrics `cpu` (ns) and `memory.usage` (MiB).
"""

from __future__ import annotations

from typing import Any

from ceilometer.compute.pollsters import instance_stats
from ceilometer.compute.virt import inspector as virt
from ceilometer.compute.virt.libvirt import inspector as libvirt_inspector
from ceilometer.compute.virt.libvirt import utils

KIB_PER_MIB = 1024


class Inspector(libvirt_inspector.LibvirtInspector):  # type: ignore[misc]
    """The libvirt inspector, with the one call that the LXC driver answers."""

    @utils.raise_nodata_if_unsupported  # type: ignore[untyped-decorator]
    @utils.retry_on_disconnect  # type: ignore[untyped-decorator]
    def inspect_instance(self, instance: Any, duration: float | None = None) -> Any:  # noqa: ARG002
        state, most, used, vcpus, cpu_time = self._get_domain(instance, True).info()
        return virt.InstanceStats(
            power_state=state,
            cpu_number=vcpus,
            cpu_time=cpu_time,
            memory_actual=most / KIB_PER_MIB,
            memory_usage=used / KIB_PER_MIB,
        )


class _WithInspector:
    """Shares one inspector among the pollsters of a process."""

    shared: Inspector | None = None
    conf: Any
    inspector: Any

    def setup_environment(self) -> None:
        if _WithInspector.shared is None:
            _WithInspector.shared = Inspector(self.conf)
        self.inspector = _WithInspector.shared


class CPU(_WithInspector, instance_stats.CPUPollster):  # type: ignore[misc]
    """Consumed CPU time."""


class MemoryUsage(_WithInspector, instance_stats.MemoryUsagePollster):  # type: ignore[misc]
    """Used memory."""
