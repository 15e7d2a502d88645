internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// What stands where a package goes. Only what an export made of the same request may be replaced.
struct EarlierPackage {
  private let request: AccessRequest

  init(of request: AccessRequest) { self.request = request }

  /// Checks the folder that a package gets; there may be none.
  func checkFolder(_ place: String) throws(ScrubRefusal) {
    var status = stat()
    if unsafe lstat(place, &status) != 0 { return }
    guard FileIdentity.isFolder(place), let names = try? FileManager.default.subpathsOfDirectory(atPath: place) else {
      throw Self.refusal(place, "there is something that is no package of ours")
    }
    let above = GivenFile.folder(of: place)
    var parent = stat()
    if unsafe stat(above.isEmpty ? "." : above, &parent) == 0 && parent.st_dev != status.st_dev {
      throw Self.refusal(place, "a file system begins at this folder, which no package can take the place of")
    }
    if names.isEmpty { return }
    let manifest = (try? GivenFile.read(place + "/manifest.json")).flatMap { JSONValue($0) }
    guard let manifest, manifest["schema"]?.text == PackageDocuments.manifestSchema else {
      throw Self.refusal(place, "there is something that is no package of ours")
    }
    guard manifest["request"]?["id"]?.text == request.id, isSamePerson(place) else {
      throw Self.refusal(place, "there is the package of another request")
    }
    var own: Set<String> = ["manifest.json"]
    for name in (manifest["files"]?.items ?? []).compactMap({ $0["name"]?.text }) {
      own.insert(name)
      own.insert(String(GivenFile.folder(of: name).dropLast()))
    }
    if let foreign = names.filter({ !own.contains($0) }).min() {
      throw Self.refusal(place + "/" + foreign, "there is something beside the files of an earlier package")
    }
  }

  /// Whether the package's person was asked for by an identifier that the request names, too. Requests without an id of
  /// their own are all called the same.
  private func isSamePerson(_ place: String) -> Bool {
    let profile = (try? GivenFile.read(place + "/profile.json")).flatMap { JSONValue($0) }
    let given = (profile?["identifiers"]?.items ?? []).compactMap { entry -> Identity? in
      guard case .boolean(true)? = entry["given"], let kind = entry["kind"]?.text, let value = entry["value"]?.text
      else { return nil }
      return (try? Subject(kind: kind, value: value, format: .raw))?.identity
    }
    // A digest tells nobody who it is of, and of a credential nothing is told.
    let (then, now) = (known(given), known(request.subjects.compactMap(\.identity)))
    return then.isEmpty || now.isEmpty || !now.isDisjoint(with: then)
  }

  private func known(_ identities: [Identity]) -> Set<Identity> { Set(identities.filter { $0.kind != .pushToken }) }

  /// Checks the zip archive that a package gets; there may be none.
  func checkZip(_ place: String) throws(ScrubRefusal) {
    var status = stat()
    if unsafe lstat(place, &status) != 0 { return }
    let start = (try? FileHandle(forReadingFrom: URL(fileURLWithPath: place)).read(upToCount: 64)) ?? Data()
    // The name of the first file stands in clear, whatever is encrypted.
    guard start.starts(with: Array("PK\u{3}\u{4}".utf8)), start.dropFirst(30).starts(with: Array("events.ndjson".utf8)) else {
      throw Self.refusal(place, "there is something that is no package of ours")
    }
    if request.id == AccessRequest.unnamed {
      throw Self.refusal(place, "there is a package already, and nothing tells whether it is the same person's")
    }
  }

  /// Checks the folder in which a package is made: what an export that was killed left there may go.
  func checkWorking(_ folder: String, holding names: Set<String>) throws(ScrubRefusal) {
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    if !names.isSuperset(of: found) { throw Self.refusal(folder, "there is something that is no package of ours") }
  }

  private static func refusal(_ path: String, _ message: String) -> ScrubRefusal {
    .output(
      code: FailureCode.foreign.rawValue, path: path, message: message,
      hint: "give -o another folder, or move what is there away", exit: 3)
  }
}
