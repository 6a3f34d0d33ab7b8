/* SPDX-License-Identifier: ISC */
/*
 * A file or device that is changed where it lies: nobody else may have it.
 */
#ifndef HOLD_H
#define HOLD_H

#include <stdbool.h>

#include "err.h"

/*
 * Open path to read and write it, and keep others from it until it is closed.
 * An errno; XC_E_BUSY: another program has it, or a loop device lies upon it;
 * XC_E_MOUNTED: a device that the system uses; XC_E_LINKS; XC_E_DESCRIPTOR;
 * XC_E_REPLACED; XC_E_NOT_FILE: neither a regular file nor a block device.
 */
int hold_open(int *fd, bool *device, const char *path);

#endif
