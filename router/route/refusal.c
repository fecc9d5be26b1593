/* refusal.c - see refusal.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/refusal.h"

const char *weir__refusal_word(weir__refusal refusal)
{
    static const char *const words[] = {"",
#define X(word, text) #word,
                                        WEIR__REFUSAL_MAP(X)
#undef X
    };
    return words[refusal];
}

const char *weir__refusal_about(weir__refusal refusal)
{
    static const char *const texts[] = {"",
#define X(word, text) text,
                                        WEIR__REFUSAL_MAP(X)
#undef X
    };
    return texts[refusal];
}
