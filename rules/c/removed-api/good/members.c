/* Near miss: members that are still there, a struct of the project's own, and old ones where a condition keeps them. */
#include <Python.h>

typedef struct {
    PyObject *frame;
    int recursion_depth;
} State;

static PyObject *
save(PyObject *module, PyObject *arg)
{
    PyThreadState *tstate = PyThreadState_Get();
    State state;
    state.recursion_depth = 1;
#ifdef HAS_OLD_FRAMES
    state.frame = (PyObject *)tstate.frame;
#endif
#if PY_VERSION_HEX < 0x030B0000
    state.recursion_depth = tstate.recursion_depth;
#endif
    return PyDict_GetItem(tstate.dict, arg);
}
