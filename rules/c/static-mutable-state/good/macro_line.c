/* Near miss: the macros take a mutex, and stand on lines of their own without a semicolon. */
#include <Python.h>
#include <SDL.h>

static SDL_mutex *guard = NULL;
static int delay = 0;
static int timer = 0;

#define LOCK_TIMER                                  \
    if (guard) {                                    \
        if (SDL_LockMutex(guard) < 0) {             \
            puts("the timer's mutex is broken");    \
        }                                           \
    }
#define UNLOCK_TIMER                                \
    if (guard) {                                    \
        SDL_UnlockMutex(guard);                     \
    }

static PyObject *restart(PyObject *module, PyObject *args)
{
    int wanted = 0;
    if (!PyArg_ParseTuple(args, "i", &wanted)) {
        return NULL;
    }
    LOCK_TIMER
    if (timer) {
        SDL_RemoveTimer(timer);
    }
    timer = SDL_AddTimer(wanted, NULL, NULL);
    delay = wanted;
    UNLOCK_TIMER
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"restart", restart, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "timer", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_timer(void) { return PyModuleDef_Init(&definition); }
