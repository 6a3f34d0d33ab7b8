/* SPDX-License-Identifier: ISC */
/*
 * Little-endian integers in byte strings, on any CPU and at any alignment.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline uint16_t
bytes_load16(const uint8_t b[2])
{
	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t
bytes_load32(const uint8_t b[4])
{
	return (uint32_t)bytes_load16(b) | (uint32_t)bytes_load16(b + 2) << 16;
}

static inline uint64_t
bytes_load64(const uint8_t b[8])
{
	return (uint64_t)bytes_load32(b) | (uint64_t)bytes_load32(b + 4) << 32;
}

static inline void
bytes_store16(uint8_t b[2], uint16_t v)
{
	b[0] = (uint8_t)v;
	b[1] = (uint8_t)(v >> 8);
}

static inline void
bytes_store32(uint8_t b[4], uint32_t v)
{
	bytes_store16(b, (uint16_t)v);
	bytes_store16(b + 2, (uint16_t)(v >> 16));
}

static inline void
bytes_store64(uint8_t b[8], uint64_t v)
{
	bytes_store32(b, (uint32_t)v);
	bytes_store32(b + 4, (uint32_t)(v >> 32));
}

#endif
