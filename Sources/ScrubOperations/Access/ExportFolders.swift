internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative
internal import ScrubPolicy

/// Where packages go: each is made under a temporary name, and gets its own when it is whole.
struct ExportFolders {
  private let output: String
  private let isSingle: Bool
  private let makesZips: Bool
  private let passphrase: SecretBytes?
  private let controller: [ControllerTexts]
  private let catalog: Catalog

  init(_ options: ExportOptions, _ requests: [AccessRequest], _ catalog: Catalog) throws(ScrubRefusal) {
    let folder = options.output ?? ""
    output = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    isSingle = requests.count == 1
    makesZips = options.makesZips
    passphrase = options.passphrase
    controller = options.controller
    self.catalog = catalog
    if options.isDryRun { return }
    try StoreAddresses.refuse(options.output, as: "-o")
    if output.isEmpty { throw .usage("-o DIR is missing: where should the package go?") }
    for input in options.search.inputs where isInside(realPath(output), realPath(input)) {
      throw .usage("DIR is the input \(input), or lies inside it")
    }
    try OwnPlaces.refuse(options.stateFolder, "the state folder", inside: options.search.inputs, option: "--state")
    for request in requests { try check(place(of: request)) }
    if !isSingle || makesZips {
      do { try StateKey.makeFolders(output, mode: 0o700) } catch { throw Self.unwritable(output) }
    }
  }

  private func place(of request: AccessRequest) -> String {
    if makesZips { return "\(output)/\(request.id).zip" }
    return isSingle ? output : "\(output)/\(request.id)"
  }

  /// Only what an export left may be replaced.
  private func check(_ place: String) throws(ScrubRefusal) {
    if makesZips { return }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: place), !names.isEmpty else {
      if FileManager.default.fileExists(atPath: place), (try? FileManager.default.contentsOfDirectory(atPath: place)) == nil {
        throw Self.foreign(place)
      }
      return
    }
    let manifest = (try? GivenFile.read(place + "/manifest.json")).flatMap { JSONValue($0) }
    if manifest?["schema"]?.text != "currents-scrub/access/1" { throw Self.foreign(place) }
  }

  /// Writes one package.
  ///
  /// - Returns: where it is.
  func write(_ package: AccessPackage, _ events: AccessEvents) throws(ScrubRefusal) -> String {
    let place = place(of: package.request)
    let staged = place + ".partial"
    // An earlier run that was killed may have left one, with all that it holds.
    try? FileManager.default.removeItem(atPath: staged)
    let parent = GivenFile.folder(of: staged)
    if !parent.isEmpty { do { try StateKey.makeFolders(parent, mode: 0o700) } catch { throw Self.unwritable(place) } }
    guard unsafe mkdir(staged, 0o700) == 0 else { throw Self.unwritable(place) }
    do throws(ScrubRefusal) {
      let names = try writeFiles(package, events, to: staged)
      if makesZips { try pack(staged, names, to: place) } else { try put(staged, at: place) }
    } catch {
      try? FileManager.default.removeItem(atPath: staged)
      throw error
    }
    return place
  }

  private func writeFiles(
    _ package: AccessPackage, _ events: AccessEvents, to folder: String
  ) throws(ScrubRefusal) -> [String] {
    do throws(Failure) {
      return try AccessWriter.write(package, events, controller: controller, catalog: catalog, to: folder)
    } catch {
      throw .output(
        code: error.code.rawValue, path: output, message: "the package cannot be written", hint: error.code.hint, exit: 1)
    }
  }

  private func pack(_ folder: String, _ names: [String], to place: String) throws(ScrubRefusal) {
    let staged = place + ".tmp"
    unsafe unlink(staged)
    do throws(ScrubRefusal) { try PackageZip.write(folder: folder, names: names, to: staged, passphrase: passphrase) } catch {
      unsafe unlink(staged)
      throw error
    }
    try? FileManager.default.removeItem(atPath: folder)
    guard unsafe rename(staged, place) == 0 else { throw Self.unwritable(place) }
  }

  /// Gives a folder its name, in place of an earlier package if there is one.
  private func put(_ folder: String, at place: String) throws(ScrubRefusal) {
    let old = place + ".old"
    try? FileManager.default.removeItem(atPath: old)
    let hadOne = unsafe rename(place, old) == 0
    guard unsafe rename(folder, place) == 0 else {
      if hadOne { unsafe rename(old, place) }
      throw Self.unwritable(place)
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  private static func unwritable(_ path: String) -> ScrubRefusal {
    .output(
      code: FailureCode.unwritable.rawValue, path: path, message: "the package cannot be written",
      hint: "check the path and the permissions", exit: 1)
  }

  private static func foreign(_ path: String) -> ScrubRefusal {
    .output(
      code: FailureCode.foreign.rawValue, path: path, message: "there is something that is no package of ours",
      hint: "give -o another folder", exit: 3)
  }
}
