/* hint.h - what a comment before a statement asks for. SPDX-License-Identifier: Apache-2.0
 * Only plain comments that stand before the first word are looked at; the usual statement costs one look at one byte. Pure. */
#ifndef WEIR_ROUTER_HINT_H
#define WEIR_ROUTER_HINT_H

#include "weir.h"

typedef enum weir__hint {
    WEIR__HINT_NONE,
    WEIR__HINT_PRIMARY, /* weir: primary */
    WEIR__HINT_REPLICA, /* weir: replica */
    WEIR__HINT_UNKNOWN, /* weir: and something else */
} weir__hint;

weir__hint weir__hint_of(weir_str sql);

#endif
