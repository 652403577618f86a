"""Runs a command on a pseudo-terminal and writes all that the terminal is sent to stdout.

usage: record-terminal.py COLUMNS ROWS INTERRUPT COMMAND...

INTERRUPT, when it is not empty, is a text: once it was seen, Ctrl-C is typed, once. The last line of stderr is a JSON
object: the command's exit status, and whether the terminal's settings are what they were.
"""
import errno
import fcntl
import json
import os
import select
import struct
import sys
import termios

columns, rows, interrupt, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4:]
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
before = termios.tcgetattr(slave)

child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.execvp(command[0], command)

os.set_blocking(master, False)
seen = b""
status = None
while True:
    ended = status is not None
    try:
        data = os.read(master, 65536)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EIO):
            raise
        data = b""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    if interrupt:
        seen += data
        if interrupt in seen:
            os.write(master, b"\x03")
            interrupt = b""
    if not data:
        if ended:
            break
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
        else:
            # Nothing to read and nobody gone: look again soon.
            select.select([master], [], [], 0.02)

after = termios.tcgetattr(slave)
print(json.dumps({"status": status, "restored": after == before}), file=sys.stderr)
