"""Prints what the kernel shows of a mounted file system: one JSON object for each name, bytes as hex.

Usage: python3 ext4-walk.py MOUNTPOINT. Walks by relative names, so that paths may be longer than PATH_MAX.
"""

import hashlib
import json
import os
import stat
import sys

WHOLE = 1 << 20  # as in ext4-facts.ts
CHUNK = 1 << 20
TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


def data_ranges(file, size):
    ranges, at = [], 0
    while at < size:
        try:
            start = os.lseek(file, at, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            break
        at = os.lseek(file, start, os.SEEK_HOLE)
        ranges.append((start, at))
    return ranges


def content(name, size):
    file = os.open(name, os.O_RDONLY)
    try:
        data = data_ranges(file, size)
        digest = hashlib.sha256()
        for start, end in [(0, size)] if size <= WHOLE else data:
            while start < end:
                piece = os.pread(file, min(CHUNK, end - start), start)
                if not piece:
                    raise EOFError(name)
                digest.update(piece)
                start += len(piece)
        return {"size": size, "sha256": digest.hexdigest(), "data": data}
    finally:
        os.close(file)


def xattrs(name):
    names = os.listxattr(name, follow_symlinks=False)
    return [
        (os.fsencode(key).hex(), os.getxattr(name, key, follow_symlinks=False).hex())
        for key in names
    ]


def tell(name, path, out):
    info = os.lstat(name)
    kind = TYPES[stat.S_IFMT(info.st_mode)]
    facts = {
        "path": path.hex(),
        "ino": info.st_ino,
        "type": kind,
        "mode": stat.S_IMODE(info.st_mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "links": info.st_nlink,
        "mtime": str(info.st_mtime_ns),
        "xattrs": xattrs(name),
    }
    if kind in ("char", "block"):
        facts["device"] = f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"
    elif kind == "symlink":
        facts["target"] = os.readlink(name).hex()
    elif kind == "file":
        facts["content"] = content(name, info.st_size)
    out.write(json.dumps(facts))
    out.write("\n")
    return kind == "directory"


def visit(path, out):
    """Tells of all below the current directory, whose path is given without a slash at its end."""
    for name in os.listdir(b"."):
        here = path + b"/" + name
        if tell(name, here, out):
            os.chdir(name)
            visit(here, out)
            os.chdir(b"..")


def main():
    mount = sys.argv[1]
    if not os.path.ismount(mount):
        sys.exit(f"{mount} is not mounted")
    os.chdir(mount)
    sys.setrecursionlimit(100_000)
    tell(b".", b"/", sys.stdout)
    visit(b"", sys.stdout)
    sys.stdout.flush()
    # The mount cannot end while this process stands in it.
    os.chdir("/")


main()
