internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// What one command of a run in parts came to, in a line.
enum PartText {
  /// - Parameter place: where the parts meet.
  static func of(_ done: PartDone, seconds: Double, meetingIn place: String) -> String {
    let what = "\(counted(done.files, "file")), \(size(done.bytes))"
    let before = done.already ? " before" : ""
    guard let part = done.part else {
      if done.exit == 75, let round = done.round {
        return "round \(round): \(what) to read again. Run each part once more with --shard K/\(done.parts), then this.\n"
      }
      let end = done.round == nil ? ": currents-scrub merge \(visible(place))" : " this with --shard merge/\(done.parts)."
      return "planned \(counted(done.parts, "part"))\(before): \(what). Run each with --shard K/\(done.parts), then\(end)\n"
    }
    let tenths = Int((seconds * 10).rounded())
    let time = done.already ? "" : " in \(tenths / 10).\(tenths % 10) s"
    let end = done.exit == 0 ? "done" : done.exit == 130 ? "interrupted" : "done, with problems"
    let which = done.round.map { ", round \($0)" } ?? ""
    return "part \(part) of \(done.parts)\(which): \(what), \(counted(done.events, "event"))\(time). \(end)\(before).\n"
  }
}

extension PartDone {
  /// Says what was done, and ends the command as it came out.
  func tell(seconds: Double, meetingIn place: String, _ common: CommonOptions) throws {
    let text = common.json ? try json() : common.quiet ? "" : PartText.of(self, seconds: seconds, meetingIn: place)
    if !writeAll(1, text) { throw ExitCode(1) }
    if exit != 0 { throw ExitCode(Int32(exit)) }
  }
}
