// SPDX-License-Identifier: BSD-3-Clause

extension Sequence where Element: FixedWidthInteger {
    /// The sum, or the largest number where that is smaller: sizes that strangers tell may be any numbers. Of numbers that
    /// are not negative.
    package var saturatingSum: Element {
        reduce(0) { sum, number in
            let (next, overflow) = sum.addingReportingOverflow(number)
            return overflow ? .max : next
        }
    }
}
