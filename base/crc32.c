/* crc32.c - see crc32.h. SPDX-License-Identifier: Apache-2.0
 * Half a byte at a time: shard keys are short, and a table of sixteen stays in the cache beside all else. */
#include "base/crc32.h"

/* The remainder of each half byte by the reversed polynomial 0xEDB88320. */
static const uint32_t remainders[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t weir__crc32(const void *data, size_t size)
{
    const unsigned char *at = data, *end = at + size;
    uint32_t crc = 0xFFFFFFFF;
    for (; at < end; at++) {
        crc ^= *at;
        crc = remainders[crc & 15] ^ (crc >> 4);
        crc = remainders[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}
