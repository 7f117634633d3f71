"""Which journal is safe depends on where the folder is."""

from pathlib import Path

import pytest

from workbench.store.disks import journal_for

MOUNTS = r"""
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/fast xfs rw 0 0
//nas/share /mnt/my\040share cifs rw 0 0
me@host:/ /mnt/remote fuse.sshfs rw 0 0
tmpfs /run/memory tmpfs rw 0 0
short line
"""


@pytest.mark.parametrize(
    ("folder", "journal"),
    [
        ("/data/study.wb", "wal"),
        ("/home/ada/study.wb", "delete"),
        ("/home/fast/study.wb", "wal"),
        ("/home/faster/study.wb", "delete"),
        ("/mnt/my share/study.wb", "delete"),
        ("/mnt/remote/study.wb", "delete"),
        ("/run/memory/study.wb", "wal"),
    ],
)
def test_the_nearest_mount_decides(folder, journal):
    assert journal_for(Path(folder), MOUNTS) == journal


def test_without_a_list_disks_are_local():
    assert journal_for(Path("/x"), "") == "wal"
