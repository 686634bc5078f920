# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB: the server's files, one database per service, and their schemas."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .layout import Cloud, CloudError, run

# The databases of each service
DATABASES: dict[str, tuple[str, ...]] = {
    "keystone": ("keystone",),
    "placement": ("placement",),
    "glance": ("glance",),
    "neutron": ("neutron",),
    "nova": ("nova", "nova_api", "nova_cell0"),
    "octavia": ("octavia",),
    "heat": ("heat",),
    "aodh": ("aodh",),
    "gnocchi": ("gnocchi",),
}


def prepare(cloud: Cloud) -> list[str]:
    """Make the server's data directory when it is missing."""
    data = cloud.state / "mariadb"
    if data.is_dir():
        return []
    new = data.with_suffix(".new")  # renamed once it is whole
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    shutil.chown(new, "mysql")
    arguments = ("--auth-root-authentication-method=socket", "--auth-root-socket-user=root", "--skip-test-db")
    run("mysql_install_db", "--no-defaults", f"--datadir={new}", "--user=mysql", *arguments)
    new.rename(data)
    return ["database server initialised"]


def statements(secret: str, unfinished: Collection[str]) -> list[str]:
    """SQL that makes the databases and the account of the services, whose password is SECRET.

    Those of the services in UNFINISHED, whose schemas were never completed, are made anew: MariaDB commits each
    DDL statement for itself, so a migration that was killed can neither be rolled back nor started again.
    """
    sql = [f"DROP DATABASE IF EXISTS {name};" for service in unfinished for name in DATABASES[service]]
    names = [name for service in DATABASES.values() for name in service]
    sql += [f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8;" for name in names]
    sql.append(f"CREATE OR REPLACE USER openstack@'127.0.0.1' IDENTIFIED BY '{secret}';")
    sql.append("GRANT ALL PRIVILEGES ON *.* TO openstack@'127.0.0.1';")
    return sql


def _jobs(cloud: Cloud) -> dict[str, list[list[str]]]:
    """Commands that bring each service's schema up to date, the longest job first."""
    etc, secret = cloud.etc, cloud.secret("service")
    cell0 = f"mysql+pymysql://openstack:{secret}@127.0.0.1:{cloud.settings['database_port']}/nova_cell0?charset=utf8"
    nova = ["nova-manage", "--config-file", f"{etc}/nova/nova.conf"]
    keystone = ["keystone-manage", "--config-file", f"{etc}/keystone/keystone.conf"]
    owner = ["--keystone-user", "root", "--keystone-group", "root"]
    return {
        "nova": [
            [*nova, "api_db", "sync"],
            [*nova, "cell_v2", "map_cell0", "--database_connection", cell0],
            [*nova, "db", "sync"],
            [*nova, "cell_v2", "create_cell", "--name", "cell1"],
        ],
        "neutron": [["neutron-db-manage", "--config-file", f"{etc}/neutron/neutron.conf", "upgrade", "heads"]],
        "keystone": [
            [*keystone, "fernet_setup", *owner],
            [*keystone, "credential_setup", *owner],
            [*keystone, "db_sync"],
        ],
        "octavia": [["octavia-db-manage", "--config-file", f"{etc}/octavia/octavia.conf", "upgrade", "head"]],
        "heat": [["heat-manage", "--config-file", f"{etc}/heat/heat.conf", "db_sync"]],
        "glance": [["glance-manage", "--config-file", f"{etc}/glance/glance-api.conf", "db_sync"]],
        "gnocchi": [["gnocchi-upgrade", "--config-file", f"{etc}/gnocchi/gnocchi.conf"]],
        "aodh": [["aodh-dbsync", "--config-file", f"{etc}/aodh/aodh.conf"]],
        "placement": [["placement-manage", "--config-dir", f"{etc}/placement", "db", "sync"]],
    }


def execute(cloud: Cloud, sql: Iterable[str]) -> None:
    """Let the database server do statements."""
    run("mysql", "--no-defaults", f"--socket={cloud.run}/mariadb/mysqld.sock", "--user=root", stdin="\n".join(sql))


def migrate(cloud: Cloud) -> list[str]:
    """Bring the schemas to this release, two services at a time; those that were not."""
    stamps = cloud.state / "schemas"
    stamps.mkdir(parents=True, exist_ok=True)
    release = cloud.settings["release"]
    todo = {name: job for name, job in _jobs(cloud).items() if _read(stamps / name) != release}
    if not todo:
        return []
    sql = statements(cloud.secret("service"), [name for name in todo if not (stamps / name).exists()])
    execute(cloud, sql)

    def work(name: str) -> str:
        begin = time.monotonic()
        for words in todo[name]:
            _migrate_step(cloud, name, words)
        (stamps / name).write_text(release, encoding="utf-8")
        return f"schema of {name} made in {time.monotonic() - begin:.0f} s"

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return list(pool.map(work, todo))


def _migrate_step(cloud: Cloud, name: str, words: list[str]) -> None:
    environment = {**os.environ, "HOME": f"{cloud.directory}/home"}
    try:
        said = run(cloud.bin / words[0], *words[1:], env=environment)
    except CloudError as error:
        if "create_cell" not in words or "already exists" not in str(error):
            raise
        said = str(error)
    with (cloud.log / f"schema-{name}.log").open("a", encoding="utf-8") as log:
        log.write(said)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
