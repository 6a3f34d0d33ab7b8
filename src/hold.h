/* SPDX-License-Identifier: ISC */
/*
 * Opens a file or device that is changed where it lies, and keeps others out.
 */
#ifndef HOLD_H
#define HOLD_H

#include <stdbool.h>

#include "err.h"

/*
 * Open path to read and write it, and lock it until it is closed.
 * Errors: an errno; XC_E_BUSY: another program has locked it or has it open for
 * writing (lock_written), or holder_find knows who; XC_E_MOUNTED: a device that
 * the system uses; XC_E_LINKS; XC_E_DESCRIPTOR; XC_E_REPLACED; XC_E_NOT_FILE:
 * neither a regular file nor a block device.
 */
int hold_open(int *fd, bool *device, const char *path);

/*
 * Open path to read it, and keep out programs that write it, where the file
 * system has locks.  Errors: an errno; XC_E_BUSY.
 */
int hold_open_shared(int *fd, const char *path);

#endif
