/* SPDX-License-Identifier: ISC */
#ifndef DUMPS_H
#define DUMPS_H

/*
 * Prevent core dumps, which would contain keys, and debuggers, which could read
 * them.
 */
void dumps_prevent(void);

#endif
