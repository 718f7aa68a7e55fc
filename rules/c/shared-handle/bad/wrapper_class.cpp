/* A type all of whose methods call those of one object of a C++ library: each change is told, and the first look for all. */
#include <Python.h>
#include <lib.hpp>

BEGIN_PROJECT(lib)

class PyClock {
public:
    PyObject_HEAD
    Clock *clock;
};

static PyObject *clock_seconds(PyClock *self, PyObject *unused)
{
    return PyLong_FromLong(self->clock->get_seconds());  /* FIRES */
}

static PyObject *clock_minutes(PyClock *self, PyObject *value)
{
    self->clock->set_minutes(PyLong_AsLong(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *clock_hours(PyClock *self, PyObject *unused)
{
    return PyLong_FromLong(self->clock->get_hours());
}

static PyObject *clock_days(PyClock *self, PyObject *value)
{
    self->clock->set_days(PyLong_AsLong(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *clock_weeks(PyClock *self, PyObject *unused)
{
    return PyLong_FromLong(self->clock->get_weeks());
}

static PyObject *clock_months(PyClock *self, PyObject *value)
{
    self->clock->set_months(PyLong_AsLong(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *clock_years(PyClock *self, PyObject *unused)
{
    return PyLong_FromLong(self->clock->get_years());
}

static PyObject *clock_zone(PyClock *self, PyObject *value)
{
    self->clock->set_zone(PyLong_AsLong(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *clock_offset(PyClock *self, PyObject *unused)
{
    return PyLong_FromLong(self->clock->get_offset());
}

static PyObject *clock_rules(PyClock *self, PyObject *value)
{
    self->clock->set_rules(PyLong_AsLong(value));  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"seconds", (PyCFunction)clock_seconds, METH_NOARGS, ""},
    {"minutes", (PyCFunction)clock_minutes, METH_O, ""},
    {"hours", (PyCFunction)clock_hours, METH_NOARGS, ""},
    {"days", (PyCFunction)clock_days, METH_O, ""},
    {"weeks", (PyCFunction)clock_weeks, METH_NOARGS, ""},
    {"months", (PyCFunction)clock_months, METH_O, ""},
    {"years", (PyCFunction)clock_years, METH_NOARGS, ""},
    {"zone", (PyCFunction)clock_zone, METH_O, ""},
    {"offset", (PyCFunction)clock_offset, METH_NOARGS, ""},
    {"rules", (PyCFunction)clock_rules, METH_O, ""},
    {NULL}
};
