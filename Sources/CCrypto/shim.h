// SPDX-License-Identifier: BSD-3-Clause
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
