#!/bin/sh
# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# keepalived calls this for UDP and SCTP listeners. They need the kernel's ip_vs, which containers of this cloud do
# not have, so there is nothing to masquerade.
exit 0
