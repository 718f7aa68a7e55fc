/* A file that wraps a library needs one lock, and is told once. */
#include <Python.h>
#include <netcdf.h>

static PyObject *abort_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_abort(PyLong_AsLong(id))); }  /* FIRES */
static PyObject *close_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_close(PyLong_AsLong(id))); }
static PyObject *enddef_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_enddef(PyLong_AsLong(id))); }
static PyObject *redef_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_redef(PyLong_AsLong(id))); }
static PyObject *sync_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_sync(PyLong_AsLong(id))); }
static PyObject *inq_format_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_format(PyLong_AsLong(id))); }
static PyObject *inq_ndims_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_ndims(PyLong_AsLong(id))); }
static PyObject *inq_natts_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_natts(PyLong_AsLong(id))); }
static PyObject *inq_nvars_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_nvars(PyLong_AsLong(id))); }
static PyObject *inq_unlimdim_file(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_unlimdim(PyLong_AsLong(id))); }
static PyObject *abort_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_abort(PyLong_AsLong(id))); }
static PyObject *close_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_close(PyLong_AsLong(id))); }
static PyObject *enddef_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_enddef(PyLong_AsLong(id))); }
static PyObject *redef_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_redef(PyLong_AsLong(id))); }
static PyObject *sync_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_sync(PyLong_AsLong(id))); }
static PyObject *inq_format_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_format(PyLong_AsLong(id))); }
static PyObject *inq_ndims_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_ndims(PyLong_AsLong(id))); }
static PyObject *inq_natts_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_natts(PyLong_AsLong(id))); }
static PyObject *inq_nvars_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_nvars(PyLong_AsLong(id))); }
static PyObject *inq_unlimdim_group(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_unlimdim(PyLong_AsLong(id))); }
static PyObject *abort_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_abort(PyLong_AsLong(id))); }
static PyObject *close_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_close(PyLong_AsLong(id))); }
static PyObject *enddef_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_enddef(PyLong_AsLong(id))); }
static PyObject *redef_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_redef(PyLong_AsLong(id))); }
static PyObject *sync_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_sync(PyLong_AsLong(id))); }
static PyObject *inq_format_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_format(PyLong_AsLong(id))); }
static PyObject *inq_ndims_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_ndims(PyLong_AsLong(id))); }
static PyObject *inq_natts_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_natts(PyLong_AsLong(id))); }
static PyObject *inq_nvars_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_nvars(PyLong_AsLong(id))); }
static PyObject *inq_unlimdim_part(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_unlimdim(PyLong_AsLong(id))); }
static PyObject *abort_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_abort(PyLong_AsLong(id))); }
static PyObject *close_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_close(PyLong_AsLong(id))); }
static PyObject *enddef_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_enddef(PyLong_AsLong(id))); }
static PyObject *redef_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_redef(PyLong_AsLong(id))); }
static PyObject *sync_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_sync(PyLong_AsLong(id))); }
static PyObject *inq_format_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_format(PyLong_AsLong(id))); }
static PyObject *inq_ndims_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_ndims(PyLong_AsLong(id))); }
static PyObject *inq_natts_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_natts(PyLong_AsLong(id))); }
static PyObject *inq_nvars_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_nvars(PyLong_AsLong(id))); }
static PyObject *inq_unlimdim_copy(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_inq_unlimdim(PyLong_AsLong(id))); }
static PyObject *abort_rest(PyObject *module, PyObject *id) { return PyLong_FromLong(nc_abort(PyLong_AsLong(id))); }

static PyMethodDef methods[] = {
    {"abort_file", abort_file, METH_O, NULL},
    {"close_file", close_file, METH_O, NULL},
    {"enddef_file", enddef_file, METH_O, NULL},
    {"redef_file", redef_file, METH_O, NULL},
    {"sync_file", sync_file, METH_O, NULL},
    {"inq_format_file", inq_format_file, METH_O, NULL},
    {"inq_ndims_file", inq_ndims_file, METH_O, NULL},
    {"inq_natts_file", inq_natts_file, METH_O, NULL},
    {"inq_nvars_file", inq_nvars_file, METH_O, NULL},
    {"inq_unlimdim_file", inq_unlimdim_file, METH_O, NULL},
    {"abort_group", abort_group, METH_O, NULL},
    {"close_group", close_group, METH_O, NULL},
    {"enddef_group", enddef_group, METH_O, NULL},
    {"redef_group", redef_group, METH_O, NULL},
    {"sync_group", sync_group, METH_O, NULL},
    {"inq_format_group", inq_format_group, METH_O, NULL},
    {"inq_ndims_group", inq_ndims_group, METH_O, NULL},
    {"inq_natts_group", inq_natts_group, METH_O, NULL},
    {"inq_nvars_group", inq_nvars_group, METH_O, NULL},
    {"inq_unlimdim_group", inq_unlimdim_group, METH_O, NULL},
    {"abort_part", abort_part, METH_O, NULL},
    {"close_part", close_part, METH_O, NULL},
    {"enddef_part", enddef_part, METH_O, NULL},
    {"redef_part", redef_part, METH_O, NULL},
    {"sync_part", sync_part, METH_O, NULL},
    {"inq_format_part", inq_format_part, METH_O, NULL},
    {"inq_ndims_part", inq_ndims_part, METH_O, NULL},
    {"inq_natts_part", inq_natts_part, METH_O, NULL},
    {"inq_nvars_part", inq_nvars_part, METH_O, NULL},
    {"inq_unlimdim_part", inq_unlimdim_part, METH_O, NULL},
    {"abort_copy", abort_copy, METH_O, NULL},
    {"close_copy", close_copy, METH_O, NULL},
    {"enddef_copy", enddef_copy, METH_O, NULL},
    {"redef_copy", redef_copy, METH_O, NULL},
    {"sync_copy", sync_copy, METH_O, NULL},
    {"inq_format_copy", inq_format_copy, METH_O, NULL},
    {"inq_ndims_copy", inq_ndims_copy, METH_O, NULL},
    {"inq_natts_copy", inq_natts_copy, METH_O, NULL},
    {"inq_nvars_copy", inq_nvars_copy, METH_O, NULL},
    {"inq_unlimdim_copy", inq_unlimdim_copy, METH_O, NULL},
    {"abort_rest", abort_rest, METH_O, NULL},
    {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "files", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_files(void) { return PyModuleDef_Init(&definition); }
