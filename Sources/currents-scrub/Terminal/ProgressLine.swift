internal import Glibc
internal import ScrubOperations

/// One line on a terminal that shows how far a run is, ten times a second at most.
struct ProgressLine {
  let progress: Progress

  /// Shows the line until the task is cancelled, then clears it.
  func show() async {
    var (pass, start, before) = (0, ContinuousClock.now, ContinuousClock.now)
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(100))
      // It began after the last look.
      if progress.passes != pass { (pass, start) = (progress.passes, before) }
      before = .now
      let spent = (ContinuousClock.now - start) / .seconds(1)
      if progress.allFiles > 0 { writeAll(2, "\r\u{1b}[K" + line(after: spent)) }
    }
    writeAll(2, "\r\u{1b}[K")
  }

  private func line(after seconds: Double) -> String {
    let rate = Double(progress.bytes) / max(seconds, 0.001)
    let left = rate > 0 ? Int(Double(max(0, progress.allBytes - progress.bytes)) / rate) : 0
    return "\(grouped(progress.files)) of \(grouped(progress.allFiles)) files, \(grouped(progress.events)) events, "
      + "\(Int(rate / 1_000_000)) MB/s, \(left) s left"
  }
}
