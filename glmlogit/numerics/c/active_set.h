/* Penalised maxima by Newton steps on what is not 0; in active_set.c, listed in the methods of descent.c. */

#ifndef GLMLOGIT_ACTIVE_SET_H
#define GLMLOGIT_ACTIVE_SET_H

#include "common.h"

PyObject *active_set(PyObject *self, PyObject *args);

#endif
