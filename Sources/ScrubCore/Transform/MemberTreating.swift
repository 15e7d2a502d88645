/// What becomes of the members of a JSON text in a field: a tree of names with a treatment at some of them.
///
/// A path such as `items[].owner.*` leads through objects by name, through arrays by `[]`, and through any name by `*`;
/// a text that is JSON itself is entered like the value it holds. A treatment holds for all below it, unless a longer path
/// says otherwise; where several paths of one length match a member, the strictest treatment decides.
package struct MemberTreating: Hashable, Sendable {
  struct Node: Hashable, Sendable {
    var names: [[UInt8]] = []
    /// By name: the node of the member.
    var children: [Int] = []
    /// The node of any member, or -1.
    var any = -1
    /// The node of an array's items, or -1.
    var items = -1
    /// In `treatments`, or -1.
    var treatment = -1

    var isLeaf: Bool { children.isEmpty && any < 0 && items < 0 }
  }

  private(set) var nodes: [Node] = [Node()]
  /// The first one is that of members which no path names.
  package private(set) var treatments: [Treatment]
  /// The paths with their treatments, as they were given.
  package let paths: [Path]

  package struct Path: Hashable, Sendable {
    package let path: String
    package let treatment: Treatment
  }

  /// - Parameters:
  ///   - fallback: of members that no path names.
  ///   - paths: where two say different things of one path, the stricter holds.
  package init(default fallback: Treatment, paths: [(path: String, treatment: Treatment)]) {
    treatments = [fallback]
    self.paths = paths.map { Path(path: $0.path, treatment: $0.treatment) }
    for (path, treatment) in paths { add(path, treatment) }
  }

  /// What becomes of a member at a path, of which `*` may be a part.
  package func treatment(at path: String) -> Treatment {
    var (places, best) = ([0], treatments[0])
    for part in Self.parts(of: path) {
      places = places.flatMap { next(of: nodes[$0], part) }
      let found = places.map { nodes[$0].treatment }.filter { $0 >= 0 }.map { treatments[$0] }
      if let strictest = found.max(by: { $0.strictness < $1.strictness }) { best = strictest }
    }
    return best
  }

  /// Whether a member at a path stays, or one below it.
  package func keepsAnything(at path: String) -> Bool {
    var places = Self.parts(of: path).reduce([0]) { places, part in places.flatMap { next(of: nodes[$0], part) } }
    while let place = places.popLast() {
      let node = nodes[place]
      if node.treatment >= 0 && treatments[node.treatment].keeps { return true }
      places += node.children + [node.any, node.items].filter { $0 >= 0 }
    }
    return treatment(at: path).keeps
  }

  private func next(of node: Node, _ part: String) -> [Int] {
    if part == "[]" { return node.items < 0 ? [] : [node.items] }
    let named = node.names.firstIndex(of: Array(part.utf8)).map { [node.children[$0]] } ?? []
    return named + (node.any < 0 ? [] : [node.any])
  }

  private mutating func add(_ path: String, _ treatment: Treatment) {
    var node = 0
    for part in Self.parts(of: path) { node = child(of: node, part) }
    let known = nodes[node].treatment
    if known >= 0 && treatments[known].strictness >= treatment.strictness { return }
    nodes[node].treatment = treatments.count
    treatments.append(treatment)
  }

  /// Names, and `[]` for each array.
  private static func parts(of path: String) -> [String] {
    path.split(separator: ".", omittingEmptySubsequences: false).flatMap { part -> [String] in
      var name = part
      var arrays: [String] = []
      while name.hasSuffix("[]") {
        name = name.dropLast(2)
        arrays.append("[]")
      }
      return (name.isEmpty && !arrays.isEmpty ? [] : [String(name)]) + arrays
    }
  }

  private mutating func child(of node: Int, _ part: String) -> Int {
    let next = nodes.count
    switch part {
    case "[]":
      if nodes[node].items >= 0 { return nodes[node].items }
      nodes[node].items = next
    case "*":
      if nodes[node].any >= 0 { return nodes[node].any }
      nodes[node].any = next
    default:
      let name = Array(part.utf8)
      if let known = nodes[node].names.firstIndex(of: name) { return nodes[node].children[known] }
      nodes[node].names.append(name)
      nodes[node].children.append(next)
    }
    nodes.append(Node())
    return next
  }
}
