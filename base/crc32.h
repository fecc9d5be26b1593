/* crc32.h - the CRC-32 of zlib and of SQL's CRC32(). SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_CRC32_H
#define WEIR_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of size bytes; O(size), about 2 ns each. Threads: any. */
uint32_t weir__crc32(const void *data, size_t size);

#endif
