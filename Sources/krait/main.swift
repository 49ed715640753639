// SPDX-License-Identifier: BSD-3-Clause
print("krait")
