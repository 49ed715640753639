// SPDX-License-Identifier: BSD-3-Clause
//
// Certificates as DER, each with a key of its subject, so that a root is parsed only when a server needs it.
#ifndef KRAIT_ROOT_TABLE_H
#define KRAIT_ROOT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One certificate.
typedef struct {
    const unsigned char *der;
    size_t length;
    /// `krait_subject_key` of its subject.
    uint64_t key;
} KraitRoot;

/// Certificates in the order they were added.
typedef struct {
    KraitRoot *roots;
    int32_t count;
    int32_t capacity;
    /// Memory the certificates lie in when the table owns them.
    unsigned char *storage;
} KraitRootTable;

/// A number that is equal for names that X.509 takes as equal (RFC 5280 §7.1: case, spaces and string types do not
/// count). Different names may share one; the caller compares the names themselves.
uint64_t krait_subject_key(const unsigned char *name, size_t length);

/// Adds a certificate whose bytes outlive the table. False when it has no subject or memory is short.
bool krait_root_table_add(KraitRootTable *table, const unsigned char *der, size_t length);

/// Adds every certificate of a PEM text to an empty table. False when memory is short.
bool krait_root_table_add_pem(KraitRootTable *table, const char *text, size_t length);

/// Gives the table's memory back.
void krait_root_table_free(KraitRootTable *table);

#endif
