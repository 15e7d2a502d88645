internal import Glibc
internal import ScrubArchive
internal import ScrubNative
internal import ScrubPolicy

/// What a night needs beside its archives, looked at before there is one.
extension NightlyRun {
  func checkPlaces(_ night: inout Night) {
    func problem(_ path: String, _ failure: Failure) { night.problem(.file(failure), in: nil, path: path, exit: 2) }
    func checking(_ path: String, _ body: () throws(ScrubRefusal) -> Void) {
      do throws(ScrubRefusal) { try body() } catch { night.problem(error, in: nil, path: path) }
    }
    for archive in night.archives where archive.prepared != nil {
      guard let output = archive.entry.output else { continue }
      if let address = ObjectAddress(output) {
        // Whether it can be written, a store tells when it is.
        do throws(Failure) { _ = try StoreFolder(address).version(of: Manifest.name) } catch { problem(output, error) }
      } else if !isWritable(output) {
        problem(output, Failure(.unwritable, path: output))
      }
    }
    for archive in night.archives {
      for list in archive.prepared?.exclusions ?? [] {
        do throws(ScrubRefusal) { _ = try Identifier.list(list) } catch { night.problem(error, in: archive.entry.name) }
      }
    }
    // An erasure takes a lock in the archive, and replaces files there.
    for archive in night.archives where !archive.isAway && ObjectAddress(archive.entry.input) == nil && !isWritable(archive.entry.input) {
      problem(archive.entry.input, Failure(.unwritable, path: archive.entry.input))
    }
    if let requests = entry.requests {
      if unsafe access(requests.inbox, R_OK | X_OK) != 0 { problem(requests.inbox, Failure(.unreadable, path: requests.inbox)) }
      if !isWritable(requests.packages) { problem(requests.packages, Failure(.unwritable, path: requests.packages)) }
      checking(requests.controller.joined(separator: ", ")) { () throws(ScrubRefusal) in
        _ = try ControllerFiles.read(requests.controller)
      }
    }
    for hold in entry.holds { checking(hold) { () throws(ScrubRefusal) in _ = try LegalHolds.read([hold]) } }
    checking("signing_key") { () throws(ScrubRefusal) in
      _ = try SigningKey.chosen(entry.signingKey, in: config.stateFolder, inputs: entry.archives.map(\.input))
    }
    checking("erasure") { () throws(ScrubRefusal) in _ = try erasing(night) }
    for path in [entry.reports, entry.metrics, entry.quarantine].compactMap(\.self) where !isWritable(path) {
      problem(path, Failure(.unwritable, path: path))
    }
  }

  /// Whether a path may be written, or made where it is not there yet.
  private func isWritable(_ path: String) -> Bool {
    if unsafe access(path, F_OK) == 0 { return unsafe access(path, W_OK) == 0 }
    guard let slash = path.lastIndex(of: "/") else { return unsafe access(".", W_OK) == 0 }
    return slash == path.startIndex ? unsafe access("/", W_OK) == 0 : isWritable(String(path[..<slash]))
  }
}
