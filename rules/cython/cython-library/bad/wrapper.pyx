# A file that wraps a library needs one lock, and is told once.
# cython: freethreading_compatible=True
cdef extern from "netcdf.h":
    int nc_abort(int id)
    int nc_close(int id)
    int nc_enddef(int id)
    int nc_redef(int id)
    int nc_sync(int id)
    int nc_inq_format(int id)
    int nc_inq_ndims(int id)
    int nc_inq_natts(int id)
    int nc_inq_nvars(int id)
    int nc_inq_unlimdim(int id)


def abort_file(int id):
    return nc_abort(id)  # FIRES


def close_file(int id):
    return nc_close(id)


def enddef_file(int id):
    return nc_enddef(id)


def redef_file(int id):
    return nc_redef(id)


def sync_file(int id):
    return nc_sync(id)


def inq_format_file(int id):
    return nc_inq_format(id)


def inq_ndims_file(int id):
    return nc_inq_ndims(id)


def inq_natts_file(int id):
    return nc_inq_natts(id)


def inq_nvars_file(int id):
    return nc_inq_nvars(id)


def inq_unlimdim_file(int id):
    return nc_inq_unlimdim(id)


def abort_group(int id):
    return nc_abort(id)


def close_group(int id):
    return nc_close(id)


def enddef_group(int id):
    return nc_enddef(id)


def redef_group(int id):
    return nc_redef(id)


def sync_group(int id):
    return nc_sync(id)


def inq_format_group(int id):
    return nc_inq_format(id)


def inq_ndims_group(int id):
    return nc_inq_ndims(id)


def inq_natts_group(int id):
    return nc_inq_natts(id)


def inq_nvars_group(int id):
    return nc_inq_nvars(id)


def inq_unlimdim_group(int id):
    return nc_inq_unlimdim(id)


def abort_part(int id):
    return nc_abort(id)


def close_part(int id):
    return nc_close(id)


def enddef_part(int id):
    return nc_enddef(id)


def redef_part(int id):
    return nc_redef(id)


def sync_part(int id):
    return nc_sync(id)


def inq_format_part(int id):
    return nc_inq_format(id)


def inq_ndims_part(int id):
    return nc_inq_ndims(id)


def inq_natts_part(int id):
    return nc_inq_natts(id)


def inq_nvars_part(int id):
    return nc_inq_nvars(id)


def inq_unlimdim_part(int id):
    return nc_inq_unlimdim(id)


def abort_copy(int id):
    return nc_abort(id)


def close_copy(int id):
    return nc_close(id)


def enddef_copy(int id):
    return nc_enddef(id)


def redef_copy(int id):
    return nc_redef(id)


def sync_copy(int id):
    return nc_sync(id)


def inq_format_copy(int id):
    return nc_inq_format(id)


def inq_ndims_copy(int id):
    return nc_inq_ndims(id)


def inq_natts_copy(int id):
    return nc_inq_natts(id)


def inq_nvars_copy(int id):
    return nc_inq_nvars(id)


def inq_unlimdim_copy(int id):
    return nc_inq_unlimdim(id)


def abort_rest(int id):
    return nc_abort(id)
