// A static object of a class that is asked whether it is empty, and then handed to whoever fills it.
#include <Python.h>
#include "unique_ref.hpp"

UniqueRef &date_class()
{
    static UniqueRef date;  // FIRES
    if (date.empty()) {
        UniqueRef module;
        import_module("datetime", module);
        import_from(module, "date", date);
    }
    return date;
}

PyObject *today(PyObject *module, PyObject *unused)
{
    return PyObject_CallMethod(date_class().get(), "today", nullptr);
}

PyMethodDef methods[] = {{"today", today, METH_NOARGS, nullptr}, {nullptr}};
