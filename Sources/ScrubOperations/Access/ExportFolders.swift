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
    if output.isEmpty { throw .usage("-o DIR is missing: where should the package go?") }
    for input in options.search.inputs where isInside(realPath(output), realPath(input)) {
      throw .usage("DIR is the input \(input), or lies inside it")
    }
    try OwnPlaces.refuse(options.stateFolder, "the state folder", inside: options.search.inputs, option: "--state")
    for request in requests { try check(request) }
    if !isSingle || makesZips {
      do { try StateKey.makeFolders(output, mode: 0o700) } catch { throw Self.unwritable(output) }
    }
  }

  private func place(of request: AccessRequest) -> String {
    if makesZips { return "\(output)/\(request.id).zip" }
    let place = isSingle ? output : "\(output)/\(request.id)"
    // A link stays one: what it leads to is on the file system that was meant.
    let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) != nil
    return isLink ? realPath(place) : place
  }

  /// Where a package is made, beside its place: by `new` the package, by `old` the one whose place it takes.
  private func working(_ place: String) -> String { place + ".partial" }

  private func check(_ request: AccessRequest) throws(ScrubRefusal) {
    let place = place(of: request)
    let working = working(place)
    let earlier = EarlierPackage(of: request)
    try earlier.checkWorking(working, holding: ["new", "old"])
    if makesZips { return try earlier.checkZip(place) }
    // A run that was killed may have taken an earlier package's name, and not given it to the new one.
    if !FileManager.default.fileExists(atPath: place) { unsafe rename(working + "/old", place) }
    try earlier.checkFolder(place)
  }

  /// Writes one package.
  ///
  /// - Returns: where it is.
  func write(_ package: AccessPackage, _ events: AccessEvents) throws(ScrubRefusal) -> String {
    let place = place(of: package.request)
    let working = working(place)
    // An earlier run that was killed may have left one, with all that it holds.
    try? FileManager.default.removeItem(atPath: working)
    do { try StateKey.makeFolders(working + "/new", mode: 0o700) } catch { throw Self.unwritable(place) }
    defer {
      try? FileManager.default.removeItem(atPath: working + "/new")
      unsafe rmdir(working)
    }
    let names = try writeFiles(package, events, to: working + "/new")
    if makesZips { try pack(working + "/new", names, to: place) } else { try put(working, at: place) }
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
    guard unsafe rename(staged, place) == 0 else { throw Self.unwritable(place) }
  }

  /// Gives a package its name, in place of an earlier one if there is one.
  private func put(_ working: String, at place: String) throws(ScrubRefusal) {
    let hadOne = unsafe rename(place, working + "/old") == 0
    guard unsafe rename(working + "/new", place) == 0 else {
      if hadOne { unsafe rename(working + "/old", place) }
      throw Self.unwritable(place)
    }
    try? FileManager.default.removeItem(atPath: working + "/old")
  }

  private static func unwritable(_ path: String) -> ScrubRefusal {
    .output(
      code: FailureCode.unwritable.rawValue, path: path, message: "the package cannot be written",
      hint: "check the path and the permissions", exit: 1)
  }
}
