"""How much memory a process held at most: source text, for programs that tests start."""

SOURCE = '''
def peak():
    """Bytes. On Linux not from getrusage, whose value begins with that of the process that started this one."""
    import resource, sys
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
'''
