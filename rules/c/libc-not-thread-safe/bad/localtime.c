/* The result lies in a static structure; the list of logins has one position. */
#include <Python.h>
#include <time.h>
#include <utmp.h>

static PyObject *
year(PyObject *self, PyObject *unused)
{
    time_t now = time(NULL);
    struct tm *parts = localtime(&now);  /* FIRES */
    return PyLong_FromLong(parts->tm_year);
}

static PyObject *
next_user(PyObject *self, PyObject *unused)
{
    struct utmp *entry = getutent();  /* FIRES */
    return PyLong_FromLong(entry != NULL);
}
