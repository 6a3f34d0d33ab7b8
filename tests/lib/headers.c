/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "headers.h"
#include "lab.h"

uint8_t headers_old[HEADER_BYTES], headers_new[HEADER_BYTES];
uint8_t headers_newer[HEADER_BYTES], headers_payload[HEADERS_PAYLOAD];

void
headers_make(void)
{
	struct layout l = LAYOUT_DEFAULT;
	struct header h;
	struct key *key;

	lab_header(&h, &key, &l, HEADERS_PAYLOAD - LAYOUT_RECORD);
	key_mac_header(headers_old, &h, key);
	h.generation = 2;
	key_mac_header(headers_new, &h, key);
	h.generation = 3;
	key_mac_header(headers_newer, &h, key);
	key_free(key);
	lab_pattern(headers_payload, sizeof(headers_payload));
}

size_t
headers_bytes(uint8_t bytes[HEADERS_SIZE], size_t payload, bool damaged)
{
	memcpy(bytes, headers_old, HEADER_BYTES);
	if (damaged)
		memset(bytes + 1000, 0xee, 600);
	memcpy(bytes + HEADER_BYTES, headers_payload, HEADERS_PAYLOAD);
	return HEADER_BYTES + payload;
}

ssize_t
headers_get(const char *name, uint8_t *bytes, size_t size)
{
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, bytes, size);
	close(fd);
	return n;
}

int
headers_change(const uint8_t bytes[HEADER_BYTES])
{
	struct headerfile hf;
	int err;
	int fd;

	if ((err = headerfile_lock(&fd, HEADERS_NAME, false)) != XC_OK)
		return err;
	err = headerfile_read(&hf, fd, HEADERS_NAME).code;
	if (err == XC_OK)
		err = headerfile_replace(fd, HEADERS_NAME, bytes).code;
	close(fd);
	return err;
}

int
headers_opens(void)
{
	struct headerfile hf;
	int fd, n = 0;

	if (headerfile_lock(&fd, HEADERS_NAME, false) != XC_OK)
		return 0;
	if (headerfile_read(&hf, fd, HEADERS_NAME).code == XC_OK)
		n = (int)hf.header.generation;
	close(fd);
	if (n < 1 || n > 3)
		return 0;
	return memcmp(hf.bytes, n == 1 ? headers_old : n == 2 ? headers_new :
	    headers_newer, HEADER_BYTES) == 0 ? n : 0;
}
