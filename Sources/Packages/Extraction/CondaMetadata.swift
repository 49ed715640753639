// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures

/// The member `metadata.json` of a `.conda` (CEP 35).
enum CondaMetadata {
    /// Refuses a version of the format that is not this one.
    static func check(_ bytes: [UInt8], subject: String) throws(Failure) {
        let value: JSON
        do throws(Failure) {
            value = try JSON.parse(bytes, subject: "metadata.json")
        } catch {
            throw Failure(.integrity, subject, "metadata.json of the archive is damaged", cause: error)
        }
        guard let version = value["conda_pkg_format_version"]?.int, version == 2 else {
            throw Failure(
                .integrity, subject, "the archive has a version of the .conda format that is not known here",
                hint: "a newer krait may read it")
        }
    }
}
