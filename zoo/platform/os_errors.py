"""Explain an operating-system error to the user, with what can be done."""

from __future__ import annotations

import errno

_ADVICE = {
    errno.ENOSPC: "free some space or save to another disk",
    getattr(errno, "EDQUOT", errno.ENOSPC): "free some of your quota or save to another disk",
    errno.EFBIG: "raise the file-size limit (ulimit -f) or save to another disk",
    errno.EROFS: "save to a folder that can be written to",
    errno.EACCES: "check the permissions of the file and its folder, or use another folder",
    errno.EPERM: "check the permissions of the file and its folder, or use another folder",
    errno.ENOENT: "check the path, and that its folder exists",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "name a file, not a folder",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.EEXIST: "name another file; this one is not overwritten",
    errno.EIO: "the disk reports a fault; use another one",
}


def explained(error: OSError) -> str:
    """The reason, and what to do: "no space left on device; free some space or save to another disk"."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    advice = _ADVICE.get(error.errno or 0)
    return f"{reason}; {advice}" if advice else reason
