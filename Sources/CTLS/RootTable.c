// SPDX-License-Identifier: BSD-3-Clause
#include "RootTable.h"

#include <stdlib.h>
#include <string.h>

// MARK: DER, as little of it as finding the subject takes

typedef struct {
    unsigned char tag;
    const unsigned char *content;
    size_t length;
} Element;

/// Takes one element off the front of `*at ..< end`. False at the end or when a length does not fit.
static bool take(const unsigned char **at, const unsigned char *end, Element *element) {
    const unsigned char *next = *at;
    if (end - next < 2) return false;
    element->tag = *next++;
    size_t length = *next++;
    if (length & 0x80) {
        size_t digits = length & 0x7f;
        if (digits == 0 || digits > 4 || (size_t)(end - next) < digits) return false;
        for (length = 0; digits > 0; digits--) length = length << 8 | *next++;
    }
    if ((size_t)(end - next) < length) return false;
    element->content = next;
    element->length = length;
    *at = next + length;
    return true;
}

enum { SEQUENCE = 0x30, VERSION = 0xa0, UNIVERSAL_STRING = 28, BMP_STRING = 30 };

/// Finds the subject's name, header included. False when `der` is not a certificate.
static bool find_subject(const unsigned char *der, size_t length, const unsigned char **name, size_t *name_length) {
    Element element;
    const unsigned char *at = der, *end = der + length;
    if (!take(&at, end, &element) || element.tag != SEQUENCE) return false;
    at = element.content, end = at + element.length;
    if (!take(&at, end, &element) || element.tag != SEQUENCE) return false;
    at = element.content, end = at + element.length;
    if (at < end && *at == VERSION && !take(&at, end, &element)) return false;
    // serial number, signature algorithm, issuer, validity
    for (int field = 0; field < 4; field++) {
        if (!take(&at, end, &element)) return false;
    }
    const unsigned char *start = at;
    if (!take(&at, end, &element) || element.tag != SEQUENCE) return false;
    *name = start;
    *name_length = (size_t)(at - start);
    return true;
}

// MARK: Keys

/// Hash of the ASCII letters and digits of one value, letters in lower case. What equal names may differ in (spaces,
/// case, the width of characters) is left out; other characters are left out too because their bytes depend on the
/// string type.
static uint64_t value_key(const Element *value) {
    size_t width = value->tag == BMP_STRING ? 2 : value->tag == UNIVERSAL_STRING ? 4 : 1;
    uint64_t key = 0xcbf29ce484222325;
    for (size_t at = 0; at + width <= value->length; at += width) {
        bool wide = false;
        for (size_t byte = 0; byte + 1 < width; byte++) wide |= value->content[at + byte] != 0;
        unsigned char character = value->content[at + width - 1];
        if (character >= 'A' && character <= 'Z') character |= 0x20;
        bool counts = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
        if (counts && !wide) key = (key ^ character) * 0x100000001b3;
    }
    return key;
}

uint64_t krait_subject_key(const unsigned char *name, size_t length) {
    // Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }. A sum, because the order within a set does not count.
    uint64_t key = 0;
    Element whole, set, pair, part;
    const unsigned char *at = name;
    if (!take(&at, name + length, &whole)) return 0;
    const unsigned char *sets = whole.content;
    while (take(&sets, whole.content + whole.length, &set)) {
        const unsigned char *pairs = set.content;
        while (take(&pairs, set.content + set.length, &pair)) {
            const unsigned char *parts = pair.content, *end = pair.content + pair.length;
            if (take(&parts, end, &part) && take(&parts, end, &part)) key += value_key(&part);
        }
    }
    return key;
}

// MARK: Tables

bool krait_root_table_add(KraitRootTable *table, const unsigned char *der, size_t length) {
    const unsigned char *name;
    size_t name_length;
    if (!find_subject(der, length, &name, &name_length)) return false;
    if (table->count == table->capacity) {
        int32_t capacity = table->capacity ? table->capacity * 2 : 192;
        KraitRoot *roots = realloc(table->roots, (size_t)capacity * sizeof *roots);
        if (!roots) return false;
        table->roots = roots;
        table->capacity = capacity;
    }
    table->roots[table->count++] = (KraitRoot){der, length, krait_subject_key(name, name_length)};
    return true;
}

void krait_root_table_free(KraitRootTable *table) {
    free(table->roots);
    free(table->storage);
    *table = (KraitRootTable){0};
}

// MARK: PEM

/// The value of each base64 digit plus one; 0 for every other byte.
static const unsigned char digit_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/// Decodes the base64 digits of `at ..< end`, skipping everything else; returns where the bytes end.
static unsigned char *decode(const char *at, const char *end, unsigned char *into) {
    uint32_t bits = 0;
    int count = 0;
    for (; at < end; at++) {
        uint32_t value = digit_values[(unsigned char)*at];
        if (value == 0) continue;
        bits = bits << 6 | (value - 1);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *into++ = (unsigned char)(bits >> count);
        }
    }
    return into;
}

static bool starts_with(const char *at, const char *end, const char *text) {
    size_t length = strlen(text);
    return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

/// Where `text` next begins in `at ..< end`, or `end`.
static const char *find(const char *at, const char *end, const char *text) {
    for (; (at = memchr(at, text[0], (size_t)(end - at))); at++) {
        if (starts_with(at, end, text)) return at;
        if (at + 1 == end) break;
    }
    return end;
}

bool krait_root_table_add_pem(KraitRootTable *table, const char *text, size_t length) {
    // Bytes are fewer than the digits they are written in.
    unsigned char *into = malloc(length + 1);
    if (!into) return false;
    table->storage = into;
    const char *at = text, *end = text + length;
    while (at < end && (at = find(at, end, "-----BEGIN ")) < end) {
        at += strlen("-----BEGIN ");
        // The three labels OpenSSL reads certificates from.
        bool certificate = starts_with(at, end, "CERTIFICATE-----") || starts_with(at, end, "X509 CERTIFICATE-----") ||
            starts_with(at, end, "TRUSTED CERTIFICATE-----");
        const char *body = find(at, end, "-----");
        const char *stop = find(body + (body < end ? 5 : 0), end, "-----END ");
        if (certificate && stop < end) {
            unsigned char *after = decode(body + 5, stop, into);
            // A certificate that cannot be read is no reason to refuse the others.
            if (krait_root_table_add(table, into, (size_t)(after - into))) into = after;
        }
        at = stop;
    }
    return true;
}
