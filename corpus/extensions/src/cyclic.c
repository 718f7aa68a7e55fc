/* A hostile array: its nested slots are itself. */
#define PY315
#include "pyabi.h"

HIDDEN PySlot slots[] = {
    { MOD_NAME, 0, 0, { "mod" } },
    { SLOT_SUBSLOTS, 0, 0, { slots } },
    { 0, 0, 0, { 0 } },
};

EXPORT PySlot *PyModExport_mod(void) { return slots; }
