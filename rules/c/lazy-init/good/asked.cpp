// Near miss: statics of classes that are made once by their own initialiser, filled under `std::call_once`, or only looked at.
#include <Python.h>
#include <mutex>
#include "unique_ref.hpp"

UniqueRef &date_class()
{
    static UniqueRef date = import_from("datetime", "date");
    if (date.empty()) {
        report_missing("date");
    }
    return date;
}

UniqueRef &time_class()
{
    static UniqueRef time;
    static std::once_flag flag;
    std::call_once(flag, [] { import_from("datetime", "time", time); });
    if (!time.empty()) {
        show(time);
    }
    return time;
}

PyObject *today(PyObject *module, PyObject *unused)
{
    return PyObject_CallMethod(date_class().get(), "today", nullptr);
}

PyMethodDef methods[] = {{"today", today, METH_NOARGS, nullptr}, {nullptr}};
