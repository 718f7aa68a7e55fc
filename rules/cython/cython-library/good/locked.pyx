# Near miss: a lock around every call, here or in the caller, calls while the module is made, and objects of Python.
# cython: freethreading_compatible=True
import threading
import netcdf

cdef extern from "netcdf.h":
    int nc_open(char *path, int mode, int *opened)
    int nc_close(int opened)
    int nc_set_log_level(int level)
    char *nc_strerror(int status)

lock = threading.Lock()
nc_set_log_level(1)


cdef int _open(path) except -1:
    cdef int opened
    if nc_open(path, 0, &opened):
        raise OSError
    return opened


def first(path):
    with lock:
        opened = _open(path)
        nc_close(opened)
    return opened


def message(int status):
    return nc_strerror(status)


def other(path):
    return netcdf.nc_open(path, 0, None)
