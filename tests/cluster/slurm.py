"""A Slurm of one's own, on one machine: a controller and two nodes, in a private folder.

`python tests/cluster/slurm.py COMMAND ...` runs a command on it and takes it down again. It needs
Debian's packages slurmctld, slurmd, slurm-client and munge, and root, but no cgroups, no systemd,
nothing under /etc and no fixed port. With slurmdbd, mariadb-server-core and mariadb-client-core it
keeps accounts, too (`--accounting`), so that `sacct` answers.

Every daemon runs in the foreground below a guard: this file again, started with `--guard`. The
guard adopts what its daemon leaves behind, and kills all of it when its standard input ends. So
nothing outlives the cluster, even if the process that started it is killed; and a node that is
taken down is really gone, with the jobs on it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

NODES = ("n1", "n2")
CPUS = 4  # of each node, whatever the machine has
MEMORY = 8000  # MB of each node, whatever the machine has
WAIT = 60  # seconds for a daemon to answer

PROGRAMS = {
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "sbatch": "slurm-client",
    "munged": "munge",
}
ACCOUNTING_PROGRAMS = {
    "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
}

SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
# A job that is put back into the queue waits for as long as its credential lasts.
AuthInfo=socket={folder}/munge.socket,cred_expire=15
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=6
MessageTimeout=5
KillWait=2
# Memory is measured every second; a job that has more than it asked for is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
NodeName=DEFAULT CPUs={cpus} RealMemory={memory}
PartitionName=main Nodes=ALL Default=YES State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}\n"
WITHOUT_ACCOUNTING = "AccountingStorageType=accounting_storage/none\n"
WITH_ACCOUNTING = """
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/munge.socket
"""
SLURMDBD_CONF = """
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={dbd}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
"""
DATABASE_USER = """
CREATE USER slurm@'127.0.0.1' IDENTIFIED BY 'slurm';
GRANT ALL ON slurm_acct_db.* TO slurm@'127.0.0.1';
"""
# Snakemake's job steps call srun without the variables that name the configuration.
SRUN = """#!/bin/sh
SLURM_CONF='{folder}/slurm.conf' exec {srun} "$@"
"""


class NotStarted(RuntimeError):
    """The cluster did not come up; the message ends with what its daemons logged."""


def missing(accounting: bool = False) -> list[str]:
    """Return the Debian packages whose programs are not installed."""
    programs = PROGRAMS | (ACCOUNTING_PROGRAMS if accounting else {})
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return sorted(
        {package for name, package in programs.items() if not shutil.which(name, path=path)}
    )


class Cluster:
    """A controller and two nodes, up from `with` to its end.

    Parameters
    ----------
    accounting : bool
        Whether finished jobs are kept in a database, as `sacct` and accounts need.

    Attributes
    ----------
    environment : dict
        What a command needs to talk to this cluster: this process's environment, with the
        cluster's configuration in it.
    folder : Path
        Where the cluster keeps everything; gone with it.
    """

    def __init__(self, accounting: bool = False):
        self.accounting = accounting

    def __enter__(self) -> Self:
        lacking = missing(self.accounting)
        if lacking:
            raise NotStarted(f"not installed: {' '.join(lacking)}")
        for attempts_left in (2, 1, 0):  # a port may be taken between choosing and using it
            # Sockets have short paths: the folder lies in the system's, not in the caller's.
            self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
            self._guards: dict[str, subprocess.Popen] = {}
            try:
                self._start()
            except NotStarted:
                self._stop()
                if not attempts_left:
                    raise
            except BaseException:
                self._stop()
                raise
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        folder = self.folder
        folder.chmod(0o755)  # munge wants its socket reachable
        for name in ("state", "bin", *NODES):
            (folder / name).mkdir()
        ports = free_ports(len(NODES) + 3)
        names = {
            "folder": folder,
            "host": socket.gethostname().split(".")[0],
            "user": Path("/proc/self").owner(),
            "srun": shutil.which("srun"),
            "cpus": CPUS,
            "memory": MEMORY,
            **dict(zip(("ctld", "dbd", "database"), ports, strict=False)),
        }
        accounts = WITH_ACCOUNTING if self.accounting else WITHOUT_ACCOUNTING
        text = SLURM_CONF.format(**names) + accounts.format(**names)
        for name, port in zip(NODES, ports[3:], strict=True):
            text += NODE.format(name=name, host=names["host"], port=port)
        (folder / "slurm.conf").write_text(text)
        (folder / "bin" / "srun").write_text(SRUN.format(**names))
        (folder / "bin" / "srun").chmod(0o755)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SLURM", "SBATCH", "SRUN"))
        }
        self.environment["PATH"] = f"{folder}/bin:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment["SLURM_CONF"] = f"{folder}/slurm.conf"
        self._start_munge()
        if self.accounting:
            self._start_accounting(names)
        self._guard("slurmctld", "slurmctld", "-D", "-f", f"{folder}/slurm.conf")
        for name in NODES:
            self.start_node(name)
        self.wait_for_nodes()

    def _start_munge(self) -> None:
        folder = self.folder
        key = folder / "munge.key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))
        options = {
            "socket": folder / "munge.socket",
            "key-file": key,
            "log-file": folder / "munge.log",
            "pid-file": folder / "munge.pid",
            "seed-file": folder / "munge.seed",
        }
        written = [f"--{name}={value}" for name, value in options.items()]
        self._guard("munged", "munged", "--foreground", *written)
        self._wait_for("munge", (folder / "munge.socket").exists)

    def _start_accounting(self, names: dict) -> None:
        folder = self.folder
        conf = folder / "slurmdbd.conf"
        conf.touch(0o600)  # slurmdbd insists
        conf.write_text(SLURMDBD_CONF.format(**names))
        setup = folder / "database.sql"
        setup.write_text(DATABASE_USER)
        common = ["--no-defaults", f"--user={names['user']}", f"--datadir={folder}/database"]
        self.run(
            "mariadb-install-db",
            *common,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )
        self._guard(
            "mariadbd", "mariadbd", *common, f"--socket={folder}/database.socket",
            "--bind-address=127.0.0.1", f"--port={names['database']}", f"--init-file={setup}",
            f"--log-error={folder}/mariadbd.log", f"--pid-file={folder}/mariadbd.pid",
        )  # fmt: skip
        self._wait_for("the database", lambda: answers(names["database"]))
        self._guard("slurmdbd", "slurmdbd", "-D")
        self._wait_for("slurmdbd", lambda: answers(names["dbd"]))
        self.run("sacctmgr", "--immediate", "add", "cluster", "test")
        self.run("sacctmgr", "--immediate", "add", "account", "science")
        self.run("sacctmgr", "--immediate", "add", "user", names["user"], "account=science")

    def _stop(self) -> None:
        for guard in reversed(self._guards.values()):
            guard.stdin.close()  # the guard kills what is below it
        for guard in self._guards.values():
            guard.wait()
        self._guards = {}
        shutil.rmtree(self.folder, ignore_errors=True)

    def _guard(self, name: str, *command: str) -> None:
        """Start a daemon below a guard."""
        with (self.folder / f"{name}.out").open("a") as out:
            self._guards[name] = subprocess.Popen(
                [sys.executable, __file__, "--guard", *command],
                stdin=subprocess.PIPE, stdout=out, stderr=out, env=self.environment,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip

    def _wait_for(self, what: str, is_there) -> None:
        end = time.monotonic() + WAIT
        while not is_there():
            dead = [name for name, guard in self._guards.items() if guard.poll() is not None]
            if dead or time.monotonic() > end:
                raise NotStarted(
                    f"{what} did not start; ended: {' '.join(dead) or 'none'}\n{self.logs()}"
                )
            time.sleep(0.1)

    def run(self, *command: str) -> str:
        """Run a command on the cluster and return what it prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=WAIT, check=False
        )
        if done.returncode:
            raise NotStarted(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def nodes_in(self, *states: str) -> set[str]:
        """Return the nodes that are in one of some states, such as `idle`, `mixed` or `down`."""
        done = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--format=%N %T"],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        pairs = [line.split() for line in done.stdout.splitlines()]
        return {pair[0] for pair in pairs if pair[-1].rstrip("*") in states}

    def start_node(self, name: str) -> None:
        """Start a node, at first or after it went down."""
        self._guard(name, "slurmd", "-D", "-N", name, "-f", str(self.folder / "slurm.conf"))

    def wait_for_nodes(self) -> None:
        """Wait until all nodes are up and free."""
        self._wait_for("the nodes", lambda: self.nodes_in("idle") == set(NODES))

    def kill_node(self, name: str) -> None:
        """Take a node down with all that runs on it, as if its plug was pulled."""
        guard = self._guards.pop(name)
        guard.stdin.close()
        guard.wait()

    def jobs(self) -> list[dict[str, str]]:
        """Return the jobs that the controller knows: `id`, `state`, `node`, `name`, `comment`."""
        keys = ("id", "state", "node", "name", "comment")
        lines = self.run("squeue", "--noheader", "--states=all", "--format=%i|%T|%N|%j|%k")
        return [
            dict(zip(keys, line.split("|", len(keys) - 1), strict=True))
            for line in lines.splitlines()
        ]

    def logs(self) -> str:
        """Return the last lines of each daemon's log."""
        parts = []
        for path in sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")]):
            lines = path.read_text(errors="replace").splitlines()[-15:]
            parts += [f"== {path.name}", *lines] if lines else []
        return "\n".join(parts)


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# ── The guard ────────────────────────────────────────────────────────────────────────────────


def guard(command: list[str]) -> int:
    """Run a daemon until it ends or standard input does, and leave nothing of it behind."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)  # only the end of standard input counts
    daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while daemon.poll() is None:
        if select.select([sys.stdin], [], [], 0.5)[0]:
            break
        # What a daemon leaves behind becomes this process's child: reap it.
        for child in children(os.getpid()):
            if child != daemon.pid:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, os.WNOHANG)
    # First the daemon, which could start more; then what has become this process's own.
    daemon.kill()
    daemon.wait()
    while below := descendants(os.getpid()):
        for process in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for child in children(os.getpid()):
            os.waitpid(child, 0)
    return daemon.returncode


def parents() -> dict[int, int]:
    """Return the parent of every process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name stands in parentheses and may hold anything.
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return found


def children(process: int) -> list[int]:
    """Return the processes that a process started, or adopted."""
    return [child for child, parent in parents().items() if parent == process]


def descendants(process: int) -> set[int]:
    """Return all processes below one."""
    known = parents()
    found: set[int] = set()
    new = {process}
    while new:
        new = {child for child, parent in known.items() if parent in new} - found
        found |= new
    return found


def main(arguments: list[str]) -> int:
    """Run a command on a Slurm of its own."""
    if arguments[:1] == ["--guard"]:
        return guard(arguments[1:])
    accounting = arguments[:1] == ["--accounting"]
    command = arguments[accounting:]
    if not command:
        print(f"usage: {sys.argv[0]} [--accounting] COMMAND ...", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Cluster(accounting) as cluster:
            return subprocess.run(command, env=cluster.environment, check=False).returncode
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
