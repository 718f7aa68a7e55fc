// Near miss: functions of the project's own by such names, members of objects, and names of a library that is not included.
#include <Python.h>
#include <curses.h>
#include <editor.h>

static bool tparm(int n) { return n > 0; }

struct Terminal {
    void wrefresh();
};

static PyObject *draw(PyObject *self, PyObject *arg) {
    Terminal *terminal = static_cast<Terminal *>(PyCapsule_GetPointer(arg, nullptr));
    terminal->wrefresh();
    add_history("draw");
    return PyBool_FromLong(tparm(1));
}

static PyMethodDef methods[] = {{"draw", draw, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, nullptr}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "draw", nullptr, 0, methods, slots};
PyMODINIT_FUNC PyInit_draw() { return PyModuleDef_Init(&definition); }
