/* SPDX-License-Identifier: ISC */
/*
 * Permissions of a new file: no one may read it who could not read its source.
 * Not every file system can store them, and the data is safe without: no error.
 */
#ifndef PERMIT_H
#define PERMIT_H

#include <sys/stat.h>

/*
 * Give fd, a new file in folder, the group, permissions and times of like, but
 * no more than the umask allows, and than the folder allows with an access
 * control list for new files; NULL: the permissions of a new file.
 */
void permit_take_after(int fd, int folder, const struct stat *like);

/*
 * Give fd the group of like and its permissions, without set-id bits, and no
 * access control list.  If it cannot have the group, group and others get only
 * what both had.
 */
void permit_like(int fd, const struct stat *like);

/*
 * Take from st, that of fd, what would be allowed to somebody to whom its
 * access control list does not allow it, once it is without the list.
 */
void permit_without_list(struct stat *st, int fd);

#endif
