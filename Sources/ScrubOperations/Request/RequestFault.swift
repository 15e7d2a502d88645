/// Why the book of requests takes something not. Always a refusal: nothing was changed.
package enum RequestFault: String, CaseIterable, Sendable {
  case unknown = "requests.unknown"
  case over = "requests.over"
  case extendedAlready = "requests.extended-already"
  case noExtension = "requests.no-extension"
  case toldTooLate = "requests.told-too-late"
  case noPause = "requests.no-pause"
  case badDay = "requests.bad-day"
  case namesPerson = "requests.names-person"
  case twice = "requests.twice"
  case unfinished = "requests.unfinished"

  /// What is true.
  package var message: String {
    switch self {
    case .unknown: "the book has no request of this id"
    case .over: "the request is answered, carried out or closed"
    case .extendedAlready: "more time was taken before, and the law gives it once"
    case .noExtension: "the law of the request gives no more time"
    case .toldTooLate: "the person was told after the last day for an answer, and more time must be told by then"
    case .noPause: "the law of the request knows no pause"
    case .badDay: "the day is before the request came in, or after today"
    case .twice: "another file asks under the same id"
    case .unfinished: "the last line of the file has no end: it is still being written, or was cut off"
    case .namesPerson: "a text holds an identifier of the request, and the log or a receipt keeps it"
    }
  }

  /// What to do.
  package var hint: String {
    switch self {
    case .unknown: "see `currents-scrub requests list --all`"
    case .over: "a new request has an id of its own"
    case .extendedAlready, .noExtension: "answer it by its last day"
    case .toldTooLate: "answer it, and write down why it is late"
    case .noPause: "its clock runs while you wait for the person"
    case .badDay: "check the day"
    case .twice: "give one of them another id"
    case .unfinished: "end the last line, or hand the file in anew"
    case .namesPerson: "say it without naming anybody"
    }
  }

  func refusal(of request: String) -> ScrubRefusal {
    .output(code: rawValue, path: request, message: message, hint: hint, exit: 3)
  }
}
