# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets behind load balancers: what else a user says of a roll, whom it is for and how fast it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .fleet_behind_pool import CHAT, NEW, weights

if TYPE_CHECKING:
    from ..conftest import FakeClock, RunModule
    from .conftest import Nova
    from .fake_octavia import Octavia


@pytest.mark.usefixtures("fleet")
def test_replicas_that_match_are_replaced_when_they_are_not_skipped(
    pool: Octavia, nova: Nova, run_module: RunModule
) -> None:
    answer = run_module("server_fleet", {**CHAT, "skip_matching": False})

    assert sorted(nova.servers) == ["s4", "s5", "s6"]
    assert weights(pool).keys() == {server.name for server in nova.servers.values()}
    assert "delete replica 'chat-1-1' (s1): skip_matching is false" in answer["actions"]


@pytest.mark.usefixtures("pool", "fleet")
def test_batches_have_a_pause_between_them_that_may_be_longer_than_the_timeout(
    clock: FakeClock, run_module: RunModule
) -> None:
    answer = run_module("server_fleet", {**NEW, "pause": 700, "timeout": 600})

    assert answer["actions"].count("pause 700 s") == 2
    assert [round(seconds) for seconds in clock.slept].count(700) == 2
