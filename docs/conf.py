# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx turns the pages written by antsibull-docs into HTML, for `make docs`."""

from __future__ import annotations

project = "model_serving.openstack"
html_title = project
extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
pygments_style = "ansible"
highlight_language = "yaml"
default_role = "any"
html_copy_source = False
# References into Ansible's own documentation are plain text here: to resolve them, Sphinx would have to download its
# index. antsibull-docs checks the collection's own references (`make lint`).
suppress_warnings = ["ref.ref"]
