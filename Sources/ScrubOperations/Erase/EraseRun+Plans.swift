internal import Foundation
internal import ScrubArchive
internal import ScrubLedger

/// Plans in files: written to be signed off, and taken back as far as files still are what they say.
extension EraseRun {
  func write(_ plan: ErasePlan, to file: String) throws(ScrubRefusal) {
    let bytes: [UInt8]
    do { bytes = try CanonicalJSON.bytes(of: plan) } catch { throw .file(Failure(.unwritable, path: file)) }
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(Failure) {
      // Members stand in order, so that plans begin alike.
      try GivenFile.refuseOther(than: String(text.prefix(12)), at: file)
      try GivenFile.write(text, to: file)
    } catch {
      throw .file(error)
    }
  }

  /// That there is a plan, in the book of requests.
  func book(_ plan: ErasePlan, _ file: String) throws(ScrubRefusal) {
    let outcomes = plan.requests.filter { $0.refused == nil }.map {
      RequestDesk.Outcome(request: $0.id, state: .planned, code: BookedRequest.State.planned.rawValue, place: file)
    }
    try RequestDesk(stateFolder: options.stateFolder).note(outcomes, by: "erase", [.erasure])
  }

  /// A plan with what was counted in its files before.
  struct Chosen {
    let plan: ErasePlan
    let before: [[Int]]
    /// Files that are left as they are, though something in them is to go by the plan or by what is found now, and why.
    let left: [Left]
  }

  /// A file that is left as it is.
  struct Left {
    /// As the plan has it, or else as it is.
    let file: ErasePlan.File
    let code: FailureCode
    /// The events of the people that are found in it now.
    let found: [ErasePlan.Place]
  }

  /// What a file of a plan asks for and still holds, and no more.
  static func chosen(
    _ plan: ErasePlan, _ before: [[Int]], from name: String
  ) throws(ScrubRefusal) -> Chosen {
    let bytes: [UInt8]
    do throws(Failure) { bytes = try GivenFile.read(name, limit: 1 << 30) } catch { throw .file(error) }
    guard let asked = try? JSONDecoder().decode(ErasePlan.self, from: Data(bytes)), asked.schema == ErasePlan.schema else {
      throw planRefusal(name, "the file is no plan of an erasure", "make one with --plan FILE")
    }
    guard asked.requests.map(\.id) == plan.requests.map(\.id), asked.archives == plan.archives, asked.mode == plan.mode, asked.sweep == plan.sweep
    else {
      throw planRefusal(name, "the plan is one for other requests, archives or rules, or another --sweep", "give what --plan was given")
    }
    guard asked.requests.map(\.asked) == plan.requests.map(\.asked) else {
      throw planRefusal(name, "the plan is one for other people, though its requests have the same ids", "give the requests that --plan was given")
    }
    var left: [Left] = []
    var files: [ErasePlan.File] = []
    var counts: [[Int]] = []
    var unplanned = Set(plan.files.indices)
    for file in asked.files {
      let now = plan.files.firstIndex { $0.archive == file.archive && $0.path == file.path }
      if let now { unplanned.remove(now) }
      guard let now, plan.files[now].identity == file.identity, plan.files[now].digest == file.digest else {
        left.append(Left(file: file, code: .changed, found: now.map { plan.files[$0].places } ?? []))
        continue
      }
      // The same bytes, searched or judged otherwise.
      guard plan.files[now].places == file.places else {
        left.append(Left(file: file, code: .unplanned, found: plan.files[now].places))
        continue
      }
      files.append(file)
      counts.append(before[now])
    }
    left += unplanned.sorted().map { plan.files[$0] }.filter(\.isRewritten).map { Left(file: $0, code: .unplanned, found: $0.places) }
    return Chosen(plan: plan.with(files), before: counts, left: left)
  }

  private static func planRefusal(_ path: String, _ message: String, _ hint: String) -> ScrubRefusal {
    .output(code: "plan.refused", path: path, message: message, hint: hint, exit: 3)
  }
}
