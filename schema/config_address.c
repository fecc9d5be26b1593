/* config_address.c - "db01:3306", "[::1]:3306", "/run/mysqld/mysqld.sock", and who is whose replica. SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"
#include "schema/config_read.h"
#include "schema/units.h"

enum { MOST_HOST = 253, MOST_SOCKET = 107 /* what sockaddr_un holds */, MOST_REPLICAS = 1000 };

static bool is_host(weir_str host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(".-_", c))))
            return false;
    }
    return host.size > 0 && host.size <= MOST_HOST;
}

static bool is_ipv6(weir_str host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    if (host.size >= sizeof text)
        return false;
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    return inet_pton(AF_INET6, text, &ignored) == 1;
}

/* Parts text into host and port; NULL, or what is wrong. */
static const char *part_address(weir_str text, weir_str *host, uint64_t *port)
{
    const char *end = text.data + text.size, *colon;
    if (text.data[0] == '[') {
        const char *close = memchr(text.data, ']', text.size);
        if (!close || close + 1 == end || close[1] != ':')
            return "an IPv6 address is written [::1]:3306";
        colon = close + 1;
        *host = weir__slice(text.data + 1, close);
        if (!is_ipv6(*host))
            return "there is no IPv6 address between the brackets";
    } else {
        colon = memchr(text.data, ':', text.size);
        if (!colon)
            return "a port is missing, as in db01:3306; a socket's path begins with /";
        if (memchr(colon + 1, ':', (size_t)(end - colon - 1)))
            return "more than one colon: an IPv6 address is written [::1]:3306, and no user or password stands here";
        *host = weir__slice(text.data, colon);
        if (!is_host(*host))
            return "the host must be a name or an IP address";
    }
    if (weir__unit_count(weir__slice(colon + 1, end), port) || *port < 1 || *port > 65535)
        return "the port must be from 1 to 65535";
    return NULL;
}

bool weir__read_address(weir__reader *reader, weir__yaml *node, weir__address *address)
{
    weir_str host = {NULL, 0};
    uint64_t port = 0;
    if (!weir__is_scalar(reader, node, "an address, such as \"db01:3306\"") || !node->text.data)
        return false;
    if (node->text.size == 0) {
        weir__wrong(reader, node, "must not be empty");
        return false;
    }
    bool is_socket = node->text.data[0] == '/';
    const char *wrong = is_socket ? NULL : part_address(node->text, &host, &port);
    if (is_socket && node->text.size > MOST_SOCKET)
        wrong = "a socket's path has at most 107 bytes";
    if (wrong) {
        weir__wrong(reader, node, "no address: %s", wrong);
        return false;
    }
    const char *text = weir__arena_text(reader->arena, node->text.data, node->text.size);
    *address = (weir__address){.text = text, .socket = is_socket ? text : NULL, .port = (uint16_t)port};
    if (!is_socket)
        address->host = weir__arena_text(reader->arena, host.data, host.size);
    return text != NULL;
}

static void read_address(weir__reader *reader, weir__yaml *node, void *address)
{
    weir__read_address(reader, node, address);
}

static const weir__key endpoint_keys[] = {
    WEIR__KEY("address", BY, offsetof(weir__endpoint_config, address), .flags = WEIR__KEY_REQUIRED,
              .read = read_address),
    WEIR__KEY("weight", WEIGHT, offsetof(weir__endpoint_config, weight)),
    WEIR__KEYS_END,
};

static void read_primary(weir__reader *reader, weir__yaml *node, void *endpoint)
{
    weir__endpoint_config *primary = endpoint;
    primary->weight = 1;
    weir__read_address(reader, node, &primary->address);
}

static void refuse_twice(weir__reader *reader, weir__shard_config *shard, weir__yaml *list)
{
    weir__names names;
    weir__names_init(reader, &names, shard->replica_count + 1);
    if (shard->primary.address.text)
        weir__names_add(&names, weir__view(shard->primary.address.text), NULL, NULL);
    size_t i = 0;
    for (weir__yaml *item = list->first; item; item = item->next, i++)
        if (!item->bad && shard->replicas[i].address.text)
            weir__names_add(&names, weir__view(shard->replicas[i].address.text), item, NULL);
    weir__names_sort(&names);
    for (i = 1; i < names.count; i++) {
        const weir__name *a = &names.list[i - 1], *b = &names.list[i];
        if (!weir__str_equal(a->name, b->name))
            continue;
        if (a->node && b->node)
            weir__wrong(reader, b->node, "%s stands in the list twice", weir__shown(reader, b->name));
        else
            weir__wrong(reader, a->node ? a->node : b->node, "%s is the primary, not a replica",
                        weir__shown(reader, b->name));
    }
}

static void read_replicas(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__shard_config *shard = member;
    if (node->kind != WEIR__YAML_LIST || node->count > MOST_REPLICAS) {
        weir__wrong(reader, node,
                    node->kind == WEIR__YAML_LIST ? "more than 1000 replicas"
                                                  : "must be a list, such as [\"db02:3306\"]");
        return;
    }
    weir__endpoint_config *replicas = weir__arena_array(reader->arena, node->count, sizeof *replicas);
    if (!replicas)
        return;
    for (weir__yaml *item = node->first; item; item = item->next) {
        weir__endpoint_config *replica = &replicas[item->index];
        replica->weight = 1;
        if (item->kind == WEIR__YAML_MAP)
            weir__keys_read(reader, item, endpoint_keys, replica);
        else
            weir__read_address(reader, item, &replica->address);
    }
    shard->replicas = replicas;
    shard->replica_count = node->count;
    refuse_twice(reader, shard, node);
}

/* primary first: a replica is compared with it. */
const weir__key weir__servers_keys[] = {
    WEIR__KEY("primary", BY, offsetof(weir__shard_config, primary), .read = read_primary),
    WEIR__KEY("replicas", BY, 0, .read = read_replicas),
    WEIR__KEY("lossless", FLAG, offsetof(weir__shard_config, lossless)),
    WEIR__KEYS_END,
};
