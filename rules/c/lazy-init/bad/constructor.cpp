// What a constructor initialises a member with is called by whoever makes an object.
#include <Python.h>
#include <memory>
#include "unique_ref.hpp"

class Converter {
public:
    explicit Converter(int width);
    UniqueRef &date_class();
private:
    int width_;
    UniqueRef &date_;
};

UniqueRef &
Converter::date_class()
{
    static UniqueRef date;  // FIRES
    if (date.empty()) {
        import_from("datetime", "date", date);
    }
    return date;
}

Converter::Converter(int width) : width_(width), date_(date_class()) {}

static PyObject *
convert(PyObject *module, PyObject *arg)
{
    auto converter = std::make_unique<Converter>(4);
    Converter plain(2);
    return run(*converter, plain, arg);
}

static PyMethodDef methods[] = {
    {"convert", convert, METH_O, ""},
    {NULL}
};
