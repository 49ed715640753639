// SPDX-License-Identifier: BSD-3-Clause
import Platform

endProcess(Session.start())
