/// Whom a request is about, as it says itself: by which the same request is known again. Its id alone is not enough, for
/// without a file every request has the same one.
package struct AskedPerson: Codable, Equatable, Sendable {
  /// Fingerprints of what it names, keyed, hex, each with its kind.
  private let subjects: [String]
  private let workspaces: [String]

  init(_ request: AccessRequest, _ suppression: Suppression) throws(ScrubRefusal) {
    subjects = try suppression.fingerprints(of: request).sorted()
    workspaces = request.workspaces.sorted()
  }

  /// Whether a later request is about the same person: it names all that this one named, and perhaps more.
  func isAsked(by later: AskedPerson) -> Bool {
    !subjects.isEmpty && Set(subjects).isSubset(of: later.subjects) && workspaces == later.workspaces
  }

  /// By the ids of requests.
  static func of(_ requests: [AccessRequest], _ suppression: Suppression) throws(ScrubRefusal) -> [String: AskedPerson] {
    var asked: [String: AskedPerson] = [:]
    for request in requests { asked[request.id] = try AskedPerson(request, suppression) }
    return asked
  }
}
