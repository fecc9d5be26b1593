/* snapshot.h - what SHOW CREATE says of the objects a definition names. SPDX-License-Identifier: Apache-2.0
 * One question for each object. Two snapshots of the same objects differ exactly when the statement between them changed something
 * that SHOW CREATE shows; where AUTO_INCREMENT stands is left out, for services go on inserting. */
#ifndef WEIR_ROUTER_MIGRATE_SNAPSHOT_H
#define WEIR_ROUTER_MIGRATE_SNAPSHOT_H

#include "router/migrate/link.h"
#include "router/migrate/statement.h"

/* Adds it to `to`. A failure of asking; LIMIT, NOMEM. */
weir_status weir__snapshot_take(weir__link *link, const weir__step *step, weir__buf *to, weir_error *error);

/* Would renaming give the same snapshot again, so that nobody could tell afterwards whether it was done? */
bool weir__snapshot_is_blind(const weir__step *step, const char *snapshot);

enum { WEIR__MAX_SNAPSHOT = 8 * 1024 * 1024 };

#endif
