// The library has one set of defaults; of the second function nobody is seen to call it; the third is a built matter.
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <hdf5.h>
#include <pybind11/pybind11.h>

void numeric(int on) {
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PRINT_NUMERIC_OIDS, on);  // FIRES
}

struct Session {
    void *opened;

    bool open(netsnmp_session *wanted) {
        opened = snmp_open(wanted);  // FIRES
        return opened != nullptr;
    }
};

int describe(char *out, size_t size, const oid *name, size_t length) {
    return snprint_objid(out, size, name, length);  // FIRES
}

long open_file(const char *name) {
    return H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT);  // FIRES
}

PYBIND11_MODULE(snmp, m, pybind11::mod_gil_not_used()) {
    m.def("numeric", &numeric);
    m.def("open_file", &open_file);
    pybind11::class_<Session>(m, "Session").def("open", &Session::open);
}
