internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubPolicy

/// Where packages go: each is made under a temporary name, and gets its own when it is whole.
struct ExportFolders {
  private let output: String
  private let isSingle: Bool

  init(_ options: ExportOptions, _ requests: [AccessRequest]) throws(ScrubRefusal) {
    output = options.output ?? ""
    isSingle = requests.count == 1
    if options.isDryRun { return }
    if output.isEmpty { throw .usage("-o DIR is missing: where should the package go?") }
    for input in options.search.inputs where isInside(realPath(output), realPath(input)) {
      throw .usage("DIR is the input \(input), or lies inside it")
    }
  }

  /// Writes one package.
  ///
  /// - Returns: where it is.
  func write(_ package: AccessPackage, _ events: AccessEvents, _ catalog: Catalog) async throws(ScrubRefusal) -> String {
    isSingle ? output : output + "/" + package.request.id
  }
}
