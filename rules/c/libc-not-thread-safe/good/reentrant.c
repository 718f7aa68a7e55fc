/* Near miss: the re-entrant form, a held lock, module set-up, and a run-time that keeps it per thread. */
#include <Python.h>
#include <time.h>
#include <utmp.h>

static PyMutex users;

static PyObject *
year(PyObject *self, PyObject *unused)
{
    time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    return PyLong_FromLong(parts.tm_year);
}

static PyObject *
locked(PyObject *self, PyObject *unused)
{
    time_t now = time(NULL);
    int year, there;
    PyMutex_Lock(&users);
    year = localtime(&now)->tm_year;
    there = getutent() != NULL;
    PyMutex_Unlock(&users);
    return PyLong_FromLong(year + there);
}

static int
module_exec(PyObject *module)
{
    time_t now = time(NULL);
    setutent();
    return PyModule_AddIntConstant(module, "year", localtime(&now)->tm_year);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL}
};

#ifdef _WIN32
static int
windows_year(void)
{
    time_t now = time(NULL);
    setlocale(0, "C");
    return localtime(&now)->tm_year;
}
#endif
